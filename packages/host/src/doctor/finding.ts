/**
 * `same`: equal as far as two readings a moment apart can be. `close`: within what changes between them. `differs`: not
 * explained by time. `expected`: differs, and has to, for the reason given. `unknown`: one side does not say.
 */
export type Verdict = "same" | "close" | "differs" | "expected" | "unknown";

/** One number of ours beside the host's own. */
export interface Finding {
  /** Metric with its labels, such as `filesystem_used_bytes{mount="/"}`. */
  readonly what: string;
  readonly ours: number | null;
  readonly theirs: number | null;
  /** |ours − theirs| divided by theirs; null where it cannot be said. For ratios, the difference itself. */
  readonly differenceRatio: number | null;
  readonly verdict: Verdict;
  /** Who says theirs, and why they may differ. */
  readonly why: string;
}

const SAME_RATIO = 0.001;
const CLOSE_RATIO = 0.03;

/** How two numbers are held against each other. */
export interface Judging {
  /** A difference up to this, in the metric's own unit, is close whatever the ratio: small numbers move a lot. */
  readonly closeBy: number;
  /** Why a difference has to be expected here, if so. */
  readonly expected?: string | undefined;
}

export function judge(
  what: string,
  ours: number | undefined,
  theirs: number | undefined,
  source: string,
  judging: Judging,
): Finding {
  if (ours === undefined || theirs === undefined) {
    const who = ours === undefined ? "Muster does not report this here" : `${source} does not say`;
    return { what, ours: ours ?? null, theirs: theirs ?? null, differenceRatio: null, verdict: "unknown", why: who };
  }
  const difference = Math.abs(ours - theirs);
  const differenceRatio = theirs === 0 ? (difference === 0 ? 0 : null) : difference / Math.abs(theirs);
  const verdict = verdictOf(difference, differenceRatio, judging);
  const why = verdict === "expected" ? `${source}; ${judging.expected}` : source;
  return { what, ours, theirs, differenceRatio, verdict, why };
}

function verdictOf(difference: number, ratio: number | null, { closeBy, expected }: Judging): Verdict {
  if (difference === 0 || (ratio !== null && ratio <= SAME_RATIO)) return "same";
  if ((ratio !== null && ratio <= CLOSE_RATIO) || difference <= closeBy) return "close";
  return expected === undefined ? "differs" : "expected";
}

/** A growing total read between two looks of the host's own: right when it lies between them. */
export function judgeBetween(
  what: string,
  ours: number | undefined,
  before: number | undefined,
  after: number | undefined,
  source: string,
): Finding {
  if (ours === undefined || before === undefined || after === undefined)
    return judge(what, ours, after, source, { closeBy: 0 });
  const nearest = Math.min(Math.max(ours, before), after);
  return judge(what, ours, nearest, `${source}, just before and just after`, { closeBy: 0 });
}
