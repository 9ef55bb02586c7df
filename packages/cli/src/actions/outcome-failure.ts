import { MusterError } from "@muster/core";
import type { ErrorCode } from "@muster/core";
import type { resources } from "@muster/protocol";

type Outcome = NonNullable<resources.ActionView["outcome"]>;

/** Bad outcomes, the worst first: after `unknown` nobody knows what is, after `refused` all is as it was. */
const FAILURES: readonly { readonly outcome: Outcome; readonly code: ErrorCode; readonly one: string }[] = [
  { outcome: "unknown", code: "ACTION_TIMED_OUT", one: "The outcome is unknown: look before you ask again." },
  { outcome: "failed", code: "ACTION_FAILED", one: "The action failed." },
  { outcome: "refused", code: "ACTION_REFUSED", one: "The action was refused; nothing was changed." },
];

/** With what the command ends when not all succeeded; the worst outcome decides. Undefined when all did. */
export function outcomeFailure(items: readonly Pick<resources.ActionView, "outcome">[]): MusterError | undefined {
  const counts = FAILURES.map((failure) => ({
    ...failure,
    count: items.filter(({ outcome }) => outcome === failure.outcome).length,
  })).filter(({ count }) => count > 0);
  const [worst] = counts;
  if (worst === undefined) return undefined;
  if (items.length === 1) return new MusterError(worst.code, { message: worst.one });
  const words = counts.map(({ outcome, count }) => `${count} ${outcome}`).join(", ");
  const succeeded = items.filter(({ outcome }) => outcome === "succeeded").length;
  return new MusterError(worst.code, { message: `Of ${items.length} actions ${succeeded} succeeded: ${words}.` });
}
