import { ListCounts } from "../../components/list-counts.tsx";
import { COUNTED, isSeverity } from "../../incidents/incident-state.ts";
import type { Counted, IncidentCounts as Counts } from "../../incidents/incident-state.ts";
import { AcknowledgedMark, HeldMark, SnoozedMark } from "../../incidents/incident-marks.tsx";
import { SeverityMark } from "../../incidents/severity-mark.tsx";

const ALWAYS: readonly Counted[] = ["critical", "error", "warning"];

interface IncidentCountsProps {
  readonly counts: Counts;
  readonly filter: string;
  readonly onFilter: (text: string) => void;
}

function mark(word: Counted) {
  if (isSeverity(word)) return <SeverityMark severity={word} />;
  return word === "acknowledged" ? <AcknowledgedMark /> : word === "snoozed" ? <SnoozedMark /> : <HeldMark />;
}

/** How the incidents stand, the worst first. */
export const IncidentCounts = (props: IncidentCountsProps) => (
  <ListCounts {...props} words={COUNTED} always={ALWAYS} mark={mark} testId="incident-count" />
);
