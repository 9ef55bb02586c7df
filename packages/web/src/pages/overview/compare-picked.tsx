import { Button, CloseButton } from "@mantine/core";
import { IconLayersIntersect } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../browser/observable.ts";
import { picked } from "../../fleet/picked.ts";
import list from "../../components/list.module.css";

/** The way from picked rows to their comparison. */
export function ComparePicked() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const ids = useObservable(picked);
  return (
    <div className={list.wide}>
      <span className="row" style={{ gap: 2 }}>
        <Button
          variant={ids.length > 0 ? "light" : "default"}
          leftSection={<IconLayersIntersect size={14} aria-hidden />}
          onClick={() => void navigate({ to: "/compare", search: ids.length > 0 ? { servers: ids.join(",") } : {} })}
          data-testid="compare-picked"
        >
          {ids.length > 0 ? t("compare.show", { count: ids.length }) : t("compare.compare")}
        </Button>
        {ids.length > 0 && (
          <CloseButton
            size="sm"
            aria-label={t("compare.clear")}
            onClick={() => picked.set([])}
            data-testid="pick-none"
          />
        )}
      </span>
    </div>
  );
}
