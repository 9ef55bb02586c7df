import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

/** What stands where a page would be that does not exist; the navigation stays around it. */
export function PageMissing() {
  const { t } = useTranslation();
  return (
    <div className="stack narrow" data-testid="page-missing">
      <h1>{t("error.notFound")}</h1>
      <Link to="/">{t("error.home")}</Link>
    </div>
  );
}
