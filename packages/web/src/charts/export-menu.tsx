import { IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Disclosure } from "../components/disclosure.tsx";
import { hubNow } from "../live/live.ts";
import type { ChartRange } from "./chart-range.ts";
import styles from "./chart.module.css";
import { exportUrl } from "./export-url.ts";
import type { MetricChoice } from "./use-history.ts";

interface ExportMenuProps {
  /** What the files hold. */
  readonly subject: string;
  readonly choose: () => MetricChoice;
  readonly range: ChartRange;
  readonly stepMs: number;
  /** `word` has room for its name. */
  readonly look?: "icon" | "word";
}

const FILES = [
  { what: "shown", title: "chart.exportShown", formats: ["csv", "json"] },
  { what: "samples", title: "chart.exportSamples", formats: ["csv", "ndjson"] },
] as const;

/** Files of what is shown and of the samples behind it. */
export function ExportMenu({ subject, choose, range, stepMs, look = "icon" }: ExportMenuProps) {
  const { t } = useTranslation();
  const name = t("chart.exportOf", { subject });
  const icon = <IconDownload size={14} aria-hidden />;
  return (
    <Disclosure
      label={look === "word" ? t("chart.export") : icon}
      name={name}
      icon={look === "word" ? icon : undefined}
      look={look === "word" ? "default" : "subtle"}
      width={230}
      testId={look === "word" ? "export-all" : "export"}
    >
      {(close) =>
        FILES.map(({ what, title, formats }) => (
          <div key={what} className={styles.files}>
            <span className="soft">{t(title)}</span>
            {formats.map((format) => (
              <a
                key={format}
                href={exportUrl(choose(), what, format, { range, stepMs, now: hubNow() })}
                download
                onClick={close}
                data-testid={`export-${what}-${format}`}
              >
                {format.toUpperCase()}
              </a>
            ))}
          </div>
        ))
      }
    </Disclosure>
  );
}
