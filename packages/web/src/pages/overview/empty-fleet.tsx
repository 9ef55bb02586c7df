import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import styles from "./overview.module.css";

export function EmptyFleet() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mayAdd = useRight("join-tokens.write");
  return (
    <div className={styles.empty} data-testid="empty-fleet">
      <h1>{t("overview.emptyTitle")}</h1>
      <div className="soft">{t(mayAdd ? "overview.emptyText" : "overview.emptyViewer")}</div>
      {mayAdd && (
        <Button
          size="md"
          leftSection={<IconPlus size={18} aria-hidden />}
          onClick={() => void navigate({ to: "/add" })}
          data-testid="empty-add"
        >
          {t("nav.add")}
        </Button>
      )}
    </div>
  );
}
