import { HOUR_MS } from "../time.ts";
import type { Instant } from "../time.ts";
import type { TaskDefinition } from "./task.ts";

/** How a run ended. `skipped` and `missed` ones never began; `timed-out` ones took too long, and what they asked for may go on. */
export const TASK_RUN_OUTCOMES = [
  "succeeded",
  "failed",
  "refused",
  "unknown",
  "timed-out",
  "cancelled",
  "skipped",
  "missed",
] as const;
export type TaskRunOutcome = (typeof TASK_RUN_OUTCOMES)[number];

/** Of these a rule of tasks says that the task failed. */
export const FAILED_RUN_OUTCOMES: readonly TaskRunOutcome[] = ["failed", "refused", "unknown", "timed-out"];

/** Of these nothing can be said of the task: nothing was done, or somebody did not want it to be. */
export const VOID_RUN_OUTCOMES: readonly TaskRunOutcome[] = ["skipped", "missed", "cancelled"];

/** One firing of a task, on its way. Written down before anything follows from it. */
export type TaskRunState =
  /** It begins at `notBefore`, or when the run before it has ended. `attempt`: the one to come, from 1. */
  | { readonly is: "waiting"; readonly attempt: number; readonly notBefore: Instant }
  | { readonly is: "running"; readonly attempt: number; readonly until: Instant }
  | { readonly is: "ended"; readonly outcome: TaskRunOutcome };

export type TaskRunEvent =
  /** Its time has come, and nothing stands in its way. */
  | { readonly is: "begin" }
  /** What this attempt came to. */
  | { readonly is: "result"; readonly attempt: number; readonly outcome: TaskRunOutcome; readonly detail: string }
  | { readonly is: "time" }
  /** Somebody does not want it any more, or another one takes its place. */
  | { readonly is: "cancel"; readonly why: string }
  /** Who ran it is gone, and nobody can find out what it came to. */
  | { readonly is: "lost" };

/** What is to be done once the new state is durable. */
export type TaskRunEffect =
  | { readonly is: "start"; readonly attempt: number }
  /** What it asked for and has not begun is taken back; then it has ended. */
  | { readonly is: "withdraw"; readonly outcome: TaskRunOutcome; readonly detail: string }
  | { readonly is: "retry"; readonly outcome: TaskRunOutcome; readonly detail: string }
  | { readonly is: "end"; readonly outcome: TaskRunOutcome; readonly detail: string };

export interface TaskRunStep {
  readonly state: TaskRunState;
  readonly effect: TaskRunEffect | undefined;
}

type Policy = Pick<TaskDefinition, "timeoutMs" | "retries">;
type In<S extends TaskRunState["is"]> = Extract<TaskRunState, { readonly is: S }>;
type On<E extends TaskRunEvent["is"]> = Extract<TaskRunEvent, { readonly is: E }>;
type Table = {
  readonly [S in TaskRunState["is"]]: {
    readonly [E in TaskRunEvent["is"]]: (state: In<S>, event: On<E>, policy: Policy, now: Instant) => TaskRunStep;
  };
};

const RETRY_MS_MAX = HOUR_MS;
/** What is not known is never tried again by itself, and what was refused would be refused again. */
const TRIED_AGAIN: readonly TaskRunOutcome[] = ["failed", "timed-out"];

const stay = (state: TaskRunState): TaskRunStep => ({ state, effect: undefined });
const over = (is: "end" | "withdraw", outcome: TaskRunOutcome, detail: string): TaskRunStep => ({
  state: { is: "ended", outcome },
  effect: { is, outcome, detail },
});

const TABLE: Table = {
  waiting: {
    begin: ({ attempt, notBefore }, _event, { timeoutMs }, now) =>
      now < notBefore
        ? stay({ is: "waiting", attempt, notBefore })
        : { state: { is: "running", attempt, until: now + timeoutMs }, effect: { is: "start", attempt } },
    result: (state) => stay(state),
    time: (state) => stay(state),
    cancel: (_state, { why }) => over("end", "cancelled", why),
    // It has not begun: whoever comes next begins it.
    lost: (state) => stay(state),
  },
  running: {
    begin: (state) => stay(state),
    result: (state, { attempt, outcome, detail }, policy, now) =>
      attempt !== state.attempt ? stay(state) : ended(state, outcome, detail, policy, now),
    time: (state, _event, policy, now) => {
      if (now < state.until) return stay(state);
      const detail = `not over after ${Math.round(policy.timeoutMs / 1_000)} s`;
      const step = ended(state, "timed-out", detail, policy, now);
      return step.state.is === "ended" ? over("withdraw", "timed-out", detail) : step;
    },
    cancel: (_state, { why }) => over("withdraw", "cancelled", why),
    lost: () => over("end", "unknown", "the hub ended in the middle of it"),
  },
  ended: {
    begin: (state) => stay(state),
    result: (state) => stay(state),
    time: (state) => stay(state),
    cancel: (state) => stay(state),
    lost: (state) => stay(state),
  },
};

/** An attempt is over: the next one, or the end. */
function ended(
  { attempt }: In<"running">,
  outcome: TaskRunOutcome,
  detail: string,
  { retries }: Policy,
  now: Instant,
): TaskRunStep {
  if (attempt > retries.most || !TRIED_AGAIN.includes(outcome)) return over("end", outcome, detail);
  const delayMs = Math.min(retries.delayMs * 2 ** (attempt - 1), RETRY_MS_MAX);
  return {
    state: { is: "waiting", attempt: attempt + 1, notBefore: now + delayMs },
    effect: { is: "retry", outcome, detail },
  };
}

/** The next state of a run, and what is to be done (TK10 to TK16). */
export function stepTaskRun(state: TaskRunState, event: TaskRunEvent, policy: Policy, now: Instant): TaskRunStep {
  const answers = TABLE[state.is] as Readonly<
    Record<TaskRunEvent["is"], (state: TaskRunState, event: TaskRunEvent, policy: Policy, now: Instant) => TaskRunStep>
  >;
  return answers[event.is](state, event, policy, now);
}

/** What several effects of one attempt come to: the worst of them, counted. */
export function outcomeOfWork(
  outcomes: readonly { readonly is: TaskRunOutcome; readonly what: string; readonly detail: string }[],
): { readonly outcome: TaskRunOutcome; readonly detail: string } {
  const WORST_FIRST: readonly TaskRunOutcome[] = ["unknown", "failed", "timed-out", "refused", "cancelled"];
  const outcome = WORST_FIRST.find((one) => outcomes.some(({ is }) => is === one)) ?? "succeeded";
  const [first] = outcomes.filter(({ is }) => is === outcome);
  if (outcomes.length === 1) return { outcome, detail: first?.detail ?? "" };
  const good = outcomes.filter(({ is }) => is === "succeeded").length;
  const counted = `${good} of ${outcomes.length} succeeded`;
  return {
    outcome,
    detail: outcome === "succeeded" || first === undefined ? counted : `${counted}; ${first.what}: ${first.detail}`,
  };
}
