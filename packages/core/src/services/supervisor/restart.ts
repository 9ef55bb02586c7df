import type { RestartPolicy } from "../definition.ts";
import type { Exit } from "../service.ts";
import type { Ending, Moment, SupervisedUnit } from "./unit.ts";

/** A first pause of 0 means one immediate restart; a second in a row begins with this, or a crash loop would be a spin. */
export const SECOND_PAUSE_MS = 1_000;

export type RestartVerdict =
  | { readonly is: "restart"; readonly delayMs: number; readonly attempt: number }
  /** It came to its end as it should. */
  | { readonly is: "done" }
  /** `policy`: it is not restarted after this; `budget`: it was restarted too often. */
  | { readonly is: "give-up"; readonly why: "policy" | "budget" };

export function isSuccess(exit: Exit, { successCodes }: RestartPolicy): boolean {
  return exit.signal === null && exit.code !== null && (exit.code === 0 || successCodes.includes(exit.code));
}

/** What the policy says after a run ended, for a service that is still wanted. */
export function judgeEnding(
  unit: SupervisedUnit,
  ending: Ending,
  policy: RestartPolicy,
  { nowMs, random }: Moment,
): RestartVerdict {
  const isFailure = ending.by !== "exit" || !isSuccess(ending.exit, policy);
  if (!isFailure && policy.when !== "always") return { is: "done" };
  if (policy.when === "never") return { is: "give-up", why: "policy" };
  if (recentRestarts(unit, policy, nowMs).length >= policy.restartsMax) return { is: "give-up", why: "budget" };
  return { is: "restart", delayMs: pauseMs(policy, unit.streak, random), attempt: unit.streak + 1 };
}

export const recentRestarts = (unit: SupervisedUnit, { windowMs }: RestartPolicy, nowMs: number): readonly number[] =>
  unit.restartedAtMs.filter((atMs) => atMs > nowMs - windowMs);

/** Pause before restart number `streak` in a row, 0 being the first. The random share shortens it, so the cap holds. */
export function pauseMs(
  { delayMs, factor, delayMsMax, jitter }: RestartPolicy,
  streak: number,
  random: number,
): number {
  if (delayMs === 0 && streak === 0) return 0;
  const [firstMs, power] = delayMs === 0 ? [SECOND_PAUSE_MS, streak - 1] : [delayMs, streak];
  // Bounded power: 2 ** 2000 is no number.
  const wholeMs = Math.min(delayMsMax, firstMs * factor ** Math.min(power, 60));
  return Math.round(wholeMs * (1 - jitter * random));
}

/** How a run ended, in words for people. */
export function endingText(ending: Ending): string {
  if (ending.by !== "exit") return ending.cause;
  const { code, signal, detail } = ending.exit;
  const how = signal !== null ? `ended by ${signal}` : code === null ? "ended, nobody saw how" : `exit ${code}`;
  return detail === "" ? how : `${how} (${detail})`;
}
