import { Mark } from "../components/mark.tsx";
import type { WordChoice } from "../components/mark.tsx";
import { HealthMark } from "../components/service-mark.tsx";
import { useFormat } from "../i18n/use-format.ts";
import { useHubSecond } from "../live/live.ts";
import type { Probe } from "./probes-view.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

const BARS = "M4 3h3v10H4Zm5 0h3v10H9Z";
const SPANNER =
  "M10.6 2a3.6 3.6 0 0 0-3.3 5L2.4 11.9a1 1 0 0 0 0 1.4l.4.4a1 1 0 0 0 1.4 0l4.9-4.9A3.6 3.6 0 0 0 14 4.4l-2.2 2.2-1.9-.5-.5-1.9L11.6 2Z";

/** That nobody looks, because somebody wanted it so. */
export function PausedMark() {
  const say = useProbeTexts();
  return <Mark tone="note" path={BARS} text={say("paused")} value="paused" />;
}

/** How a probe stands: its health, or that nobody looks. */
export const ProbeMark = ({ probe, ...word }: WordChoice & { readonly probe: Pick<Probe, "health" | "state"> }) =>
  probe.state === "paused" ? <PausedMark /> : <HealthMark health={probe.health} {...word} />;

/** Looked at, but nobody is told. */
export function MaintenanceMark(word: WordChoice) {
  const say = useProbeTexts();
  return <Mark tone="note" path={SPANNER} text={say("maintenance")} value="maintenance" {...word} />;
}

/** That a probe is in maintenance and until when; nothing while it is not. */
export const MaintenanceOf = ({ probe, ...word }: WordChoice & { readonly probe: Pick<Probe, "maintenanceUntil"> }) =>
  // Hardly any row is in maintenance: the others need not look at the clock each second.
  probe.maintenanceUntil !== null && <MaintenanceUntil until={probe.maintenanceUntil} {...word} />;

function MaintenanceUntil({ until, ...word }: WordChoice & { readonly until: number }) {
  const say = useProbeTexts();
  const format = useFormat();
  if (until <= useHubSecond()) return null;
  return (
    <span title={say("maintenanceUntil", { time: format.dateTime(until) })} data-testid="maintenance">
      <MaintenanceMark {...word} />
    </span>
  );
}
