import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api } from "../api/api.ts";
import { ForeignText } from "../components/foreign-text.tsx";
import { naturalOrder } from "../fleet/compare-rows.ts";
import { useFormat } from "../i18n/use-format.ts";
import styles from "./about-probes.module.css";
import { HeartbeatBar } from "./heartbeat-bar.tsx";
import { MaintenanceOf, ProbeMark } from "./probe-marks.tsx";
import { healthRank } from "./probe-state.ts";
import { shortTime } from "./report-value.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

/** A few probes are asked for again and again: the live topic would bring those of all servers. */
const REFRESH_MS = 15_000;

/** Probes that say something of a server, or of one service, trouble first; nothing where there are none. */
export function AboutProbes({ of }: { readonly of: { readonly about: string } | { readonly service: string } }) {
  const say = useProbeTexts();
  const format = useFormat();
  const query = useQuery({
    queryKey: ["probes-about", of],
    queryFn: ({ signal }) => api("GET /api/v1/probes", { query: of, signal }),
    refetchInterval: REFRESH_MS,
    // Whoever comes back from adding one looks for it.
    staleTime: 0,
  });
  const probes = (query.data?.items ?? []).toSorted(
    (a, b) => healthRank(a) - healthRank(b) || naturalOrder.compare(a.name, b.name),
  );
  if (probes.length === 0) return null;
  return (
    <ul className={styles.list} aria-label={say("service" in of ? "ofService" : "ofServer")} data-testid="about-probes">
      {probes.map((probe) => (
        <li key={probe.id} className={styles.probe} data-probe={probe.id}>
          <ProbeMark probe={probe} />
          <Link to="/probes/$id" params={{ id: probe.id }} className={styles.name} title={probe.detail}>
            <ForeignText text={probe.name} />
          </Link>
          <MaintenanceOf probe={probe} word="hidden" />
          <span className={styles.beats}>
            <HeartbeatBar beats={probe.beats} />
          </span>
          <span className={`soft ${styles.took}`}>{probe.tookMs !== null && shortTime(probe.tookMs, format)}</span>
        </li>
      ))}
    </ul>
  );
}
