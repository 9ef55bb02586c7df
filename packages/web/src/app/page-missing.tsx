import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

export function PageMissing() {
  const { t } = useTranslation();
  return (
    <main className="stack narrow" style={{ padding: 24 }}>
      <h1>{t("error.notFound")}</h1>
      <Link to="/">{t("error.home")}</Link>
    </main>
  );
}
