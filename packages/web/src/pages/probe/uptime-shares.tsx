import { MINUTE_MS } from "@muster/core";
import { useQueries } from "@tanstack/react-query";
import { api } from "../../api/api.ts";
import { useFormat } from "../../i18n/use-format.ts";
import { hubNow } from "../../live/live.ts";
import { UPTIME_SPANS, uptimeOf, uptimePercent, uptimeQuery } from "./uptime.ts";
import { useProbeTexts } from "../../probes/use-probe-texts.ts";
import styles from "./probe.module.css";

/** It is asked for up to the last whole minute: sooner the answer would be the same. */
const REFRESH_MS = MINUTE_MS;

/** How much of the last day, week and month was good. */
export function UptimeShares({ probeId }: { readonly probeId: string }) {
  const say = useProbeTexts();
  const format = useFormat();
  const answers = useQueries({
    queries: UPTIME_SPANS.map(({ key, lengthMs }) => ({
      queryKey: ["probe-uptime", probeId, key],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        api("GET /api/v1/metrics/query", { query: uptimeQuery(probeId, lengthMs, hubNow()), signal }),
      refetchInterval: REFRESH_MS,
    })),
  });
  return (
    <dl className={styles.shares} title={say("uptimeWhy")} data-testid="uptime">
      {UPTIME_SPANS.map(({ key, lengthMs }, index) => {
        const answer = answers[index]?.data;
        const share = answer ? uptimeOf(answer) : null;
        return (
          <div key={key} className={styles.share} data-span={key}>
            <dt>{format.span(lengthMs)}</dt>
            <dd data-share={share ?? undefined}>
              {share === null ? (
                <span className="soft">–</span>
              ) : (
                `${format.number(uptimePercent(share), share === 1 ? 0 : 2)} %`
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
