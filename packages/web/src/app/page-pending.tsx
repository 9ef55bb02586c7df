import { useTranslation } from "react-i18next";

export function PagePending() {
  const { t } = useTranslation();
  return (
    <p className="soft" role="status" style={{ padding: 24 }}>
      {t("app.loading")}
    </p>
  );
}
