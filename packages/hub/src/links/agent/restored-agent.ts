import { addSequences } from "@muster/core";
import type { SequenceRanges } from "@muster/core";

/** What the hub makes of the numbers that an agent says and the ones that it has itself. */
export interface SequenceView {
  /** Said in `ready`: the agent forgets these and goes on above the highest. */
  readonly received: SequenceRanges;
  /** Stored, and unknown to the agent: a batch that comes under one of them now is another batch. */
  readonly used: SequenceRanges;
  /** Stored, and in the agent's spool: perhaps the same batches, perhaps others that were numbered since it was restored. */
  readonly doubtful: SequenceRanges;
}

/**
 * An agent that knows less than is stored was restored to an earlier state with its server (a snapshot, a backup). It
 * may have numbered new rounds before it reached the hub, under numbers that old ones have. Those are neither called
 * received nor dropped as repeated: they are stored by their instants, of which a series keeps one sample each.
 */
export function sequenceView(
  stored: SequenceRanges,
  { lastSeq, spoolHead }: { readonly lastSeq: number; readonly spoolHead: number },
): SequenceView {
  const highest = stored.at(-1)?.[1] ?? 0;
  if (highest <= lastSeq) return { received: stored, used: [], doubtful: [] };
  const used = within(stored, lastSeq + 1, Number.MAX_SAFE_INTEGER);
  // An agent that does not say where its spool begins may have anything in it.
  const doubtful = within(stored, Math.max(1, spoolHead), lastSeq);
  const settled = within(stored, 0, Math.max(1, spoolHead) - 1);
  const received = used.reduce<SequenceRanges>((ranges, [first, last]) => addSequences(ranges, first, last), settled);
  return { received, used, doubtful };
}

const within = (ranges: SequenceRanges, least: number, most: number): SequenceRanges =>
  ranges.flatMap(([first, last]) =>
    last < least || first > most ? [] : [[Math.max(first, least), Math.min(last, most)] as const],
  );
