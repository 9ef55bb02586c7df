import { Button } from "@mantine/core";
import { useRouter } from "@tanstack/react-router";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ErrorNotice } from "../components/error-notice.tsx";

/** What is shown instead of a page that could not be made. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <main className="stack narrow" style={{ padding: 24 }}>
      <h1>{t("error.page")}</h1>
      <ErrorNotice error={error} />
      <div>
        <Button
          variant="default"
          onClick={() => {
            reset();
            void router.invalidate();
          }}
        >
          {t("common.retry")}
        </Button>
      </div>
    </main>
  );
}
