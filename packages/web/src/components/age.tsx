import { useTranslation } from "react-i18next";
import { isFresh } from "../fleet/server-state.ts";
import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";

interface AgeProps {
  /** When it was taken, in the hub's time; null when never. */
  readonly at: number | null;
  readonly intervalMs: number;
}

/** How old a value is. It counts on by itself, so that nothing old looks live. */
export function Age({ at, intervalMs }: AgeProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useHubSecond();
  if (at === null) return <span className="soft">{t("common.never")}</span>;
  const fresh = isFresh(at, intervalMs, now);
  return (
    <time
      dateTime={new Date(at).toISOString()}
      title={format.dateTime(at)}
      className={fresh ? "soft" : "warning"}
      data-fresh={fresh}
    >
      {format.ago(Math.max(0, now - at))}
    </time>
  );
}
