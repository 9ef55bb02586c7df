import type { Outcome } from "../actions/catalog.ts";
import type { Instant } from "../time.ts";
import { ROLLOUT_ACTIONS } from "./rollout.ts";
import type {
  RolloutOutcome,
  RolloutPlan,
  RolloutRun,
  RolloutState,
  RolloutTarget,
  TargetBefore,
  TargetProgress,
  WaveStep,
} from "./rollout.ts";

export type RolloutEvent =
  | { readonly is: "approve" }
  | { readonly is: "start" }
  | { readonly is: "pause" }
  | { readonly is: "resume" }
  | { readonly is: "abort"; readonly by: string; readonly isTakenBack: boolean }
  /** The wave that is due begins; how its targets are now, by id. */
  | { readonly is: "begin"; readonly before: Readonly<Record<string, TargetBefore>> }
  /** What was to be asked for is asked for: commands by target. Targets without one are gone. */
  | { readonly is: "asked"; readonly cmds: Readonly<Record<string, string>> }
  /** It is known that nothing of the wave was asked for. */
  | { readonly is: "not-asked" }
  /** It cannot be asked for at all. */
  | { readonly is: "cannot-ask"; readonly why: string }
  /** Who asked may not do it any more. */
  | { readonly is: "refused"; readonly why: string }
  | { readonly is: "outcome"; readonly cmd: string; readonly outcome: Outcome }
  /** How a target is now. */
  | {
      readonly is: "seen";
      readonly id: string;
      readonly isGood: boolean;
      readonly why: string;
      readonly run: string | null;
    }
  | { readonly is: "time" };

/** What is to be done next by whoever carries a rollout out. */
export type RolloutDuty =
  /** Look whether it may still be done, and how its targets are; then `begin`, or `refused`. */
  | { readonly is: "begin"; readonly wave: number }
  /** Ask for it, unless that was done before; then `asked`, `cannot-ask` or `refused`. */
  | { readonly is: "ask"; readonly wave: number; readonly targets: readonly RolloutTarget[] }
  /** Find out whether it was asked for; then `asked` or `not-asked`. */
  | { readonly is: "recall"; readonly wave: number; readonly targets: readonly RolloutTarget[] }
  | { readonly is: "undo"; readonly wave: number; readonly targets: readonly RolloutTarget[] };

/** `problem`: somebody asks for what cannot be done in this state; nothing has changed. */
export interface RolloutStep {
  readonly run: RolloutRun;
  readonly problem?: string;
}

export const isRolloutOpen = ({ is }: RolloutState): boolean =>
  is === "running" || is === "paused" || is === "stopping" || is === "rolling-back";

export const newRolloutRun = (plan: RolloutPlan): RolloutRun => ({
  state: { is: plan.needsApproval ? "awaiting-approval" : "planned" },
  targets: plan.waves.flatMap(({ targets }, wave) =>
    targets.map(({ id }): TargetProgress => ({
      ...{ id, wave, stage: "waiting", detail: "", before: null, cmd: null, undoCmd: null },
      ...{ actedAt: null, goodSince: null, goodRun: null },
    })),
  ),
});

export function rolloutDuty({ state, targets }: RolloutRun, plan: RolloutPlan, now: Instant): RolloutDuty | undefined {
  if (!("wave" in state)) return undefined;
  const { wave } = state;
  if (state.is === "rolling-back")
    return state.step === "asking"
      ? { is: "undo", wave, targets: ofPlan(plan, undoable(targets, plan, wave)) }
      : undefined;
  if (state.step.is === "asking")
    return { is: state.is === "running" ? "ask" : "recall", wave, targets: plan.waves[wave]!.targets };
  return state.is === "running" && state.step.is === "due" && now >= state.step.notBefore
    ? { is: "begin", wave }
    : undefined;
}

type In<S extends RolloutState["is"]> = Extract<RolloutState, { readonly is: S }>;
type On<E extends RolloutEvent["is"]> = Extract<RolloutEvent, { readonly is: E }>;
interface Scene<S extends RolloutState["is"], E extends RolloutEvent["is"]> {
  readonly state: In<S>;
  readonly event: On<E>;
  readonly run: RolloutRun;
  readonly plan: RolloutPlan;
  readonly now: Instant;
}
type Answer<S extends RolloutState["is"], E extends RolloutEvent["is"]> = (scene: Scene<S, E>) => RolloutStep;
type Table = {
  readonly [S in RolloutState["is"]]: { readonly [E in RolloutEvent["is"]]: Answer<S, E> };
};
type AnyScene = Scene<RolloutState["is"], RolloutEvent["is"]>;

const stay = ({ run }: { readonly run: RolloutRun }): RolloutStep => ({ run });
const cannot =
  (problem: string) =>
  ({ run }: { readonly run: RolloutRun }): RolloutStep => ({ run, problem });
const become = (run: RolloutRun, state: RolloutState): RolloutStep => ({ run: { ...run, state } });
const end = (run: RolloutRun, outcome: RolloutOutcome, detail: string): RolloutStep =>
  become(run, { is: "ended", outcome, detail });

/** What a state without anything at work answers to what only comes of work. */
const IDLE = {
  begin: stay,
  asked: stay,
  "not-asked": stay,
  "cannot-ask": stay,
  refused: stay,
  outcome: stay,
  seen: stay,
  time: stay,
} as const;

interface GoingScene<E extends RolloutEvent["is"]> {
  readonly state: In<"running" | "paused">;
  readonly event: On<E>;
  readonly run: RolloutRun;
  readonly plan: RolloutPlan;
  readonly now: Instant;
}
/** What a rollout answers that is under way, whether or not it may begin more. */
const GOING = {
  approve: cannot("It has been started already."),
  start: cannot("It has been started already."),
  abort: ({ run, state, event, plan, now }: GoingScene<"abort">): RolloutStep =>
    settleStopping(
      {
        ...run,
        state: {
          ...{ is: "stopping", wave: state.wave, step: state.step },
          ...{ isTakenBack: event.isTakenBack, why: `aborted by ${event.by}` },
        },
      },
      plan,
      now,
    ),
  asked: ({ run, state, event, plan, now }: GoingScene<"asked">): RolloutStep =>
    state.step.is === "asking" ? settle(withCommands(run, state, event.cmds), plan, now) : { run },
  "cannot-ask": ({ run, state, event, plan, now }: GoingScene<"cannot-ask">): RolloutStep =>
    state.step.is === "asking"
      ? settle(
          {
            state: { ...state, step: { is: "acting" } },
            targets: inWave(run, state.wave, "waiting", (target) => failed(target, event.why)),
          },
          plan,
          now,
        )
      : { run },
  outcome: ({ run, event, plan, now }: GoingScene<"outcome">): RolloutStep =>
    settle(withOutcome(run, event, now), plan, now),
  seen: ({ run, event, plan, now }: GoingScene<"seen">): RolloutStep =>
    settle(withSight(run, event, plan, now), plan, now),
  time: ({ run, plan, now }: GoingScene<"time">): RolloutStep => settle(withTime(run, plan, now), plan, now),
} as const;

const TABLE: Table = {
  "awaiting-approval": {
    ...IDLE,
    approve: ({ run }) => become(run, { is: "planned" }),
    start: cannot("Its plan waits for somebody else to approve it."),
    pause: cannot("It has not been started."),
    resume: cannot("It has not been started."),
    abort: ({ run, event }) => end(run, "aborted", `aborted by ${event.by} before it was started`),
  },
  planned: {
    ...IDLE,
    approve: cannot("Its plan waits for no approval."),
    start: ({ run, now }) => become(run, { is: "running", wave: 0, step: { is: "due", notBefore: now } }),
    pause: cannot("It has not been started."),
    resume: cannot("It has not been started."),
    abort: ({ run, event }) => end(run, "aborted", `aborted by ${event.by} before it was started`),
  },
  running: {
    ...GOING,
    pause: ({ run, state }) => become(run, { ...state, is: "paused" }),
    resume: cannot("It is not paused."),
    begin: ({ run, state, event, now }) =>
      state.step.is !== "due" || now < state.step.notBefore
        ? { run }
        : {
            run: {
              state: { ...state, step: { is: "asking" } },
              targets: inWave(run, state.wave, "waiting", (target) => ({
                ...target,
                before: event.before[target.id] ?? null,
              })),
            },
          },
    refused: ({ run, state, event }) =>
      state.step.is === "acting" ? { run } : end(run, "refused", `${event.why}; nothing more was begun`),
    // Only whoever may not ask looks whether it was asked for.
    "not-asked": stay,
  },
  paused: {
    ...GOING,
    pause: cannot("It is paused already."),
    resume: ({ run, state }) => become(run, { ...state, is: "running" }),
    begin: stay,
    refused: stay,
    "not-asked": ({ run, state, now }) =>
      state.step.is === "asking" ? become(run, { ...state, step: { is: "due", notBefore: now } }) : { run },
  },
  stopping: {
    approve: cannot("It is being stopped."),
    start: cannot("It is being stopped."),
    pause: cannot("It is being stopped."),
    resume: cannot("It is being stopped."),
    abort: cannot("It is being stopped already."),
    begin: stay,
    refused: stay,
    "cannot-ask": stay,
    asked: ({ run, state, event, plan, now }) =>
      state.step.is === "asking" ? settleStopping(withCommands(run, state, event.cmds), plan, now) : { run },
    "not-asked": ({ run, state, plan, now }) =>
      state.step.is === "asking"
        ? settleStopping({ ...run, state: { ...state, step: { is: "due", notBefore: now } } }, plan, now)
        : { run },
    outcome: ({ run, event, plan, now }) => settleStopping(withOutcome(run, event, now), plan, now),
    seen: stay,
    time: stay,
  },
  "rolling-back": {
    approve: cannot("It is being rolled back."),
    start: cannot("It is being rolled back."),
    pause: cannot("It is being rolled back."),
    resume: cannot("It is being rolled back."),
    abort: cannot("It is being rolled back."),
    begin: stay,
    "not-asked": stay,
    seen: stay,
    time: stay,
    asked: ({ run, state, event, plan }) => {
      if (state.step !== "asking") return { run };
      const wanted = new Set(undoable(run.targets, plan, state.wave).map(({ id }) => id));
      const targets = run.targets.map((target): TargetProgress => {
        if (!wanted.has(target.id)) return target;
        const undoCmd = event.cmds[target.id];
        return undoCmd === undefined
          ? { ...target, stage: "left", detail: "it is not there any more" }
          : { ...target, stage: "undoing", undoCmd };
      });
      return settleUndo({ state: { ...state, step: "acting" }, targets }, plan);
    },
    "cannot-ask": ({ run, state, event, plan }) => leaveWave(run, state, plan, event.why),
    refused: ({ run, state, event, plan }) => leaveWave(run, state, plan, event.why),
    outcome: ({ run, event, plan }) => {
      const targets = run.targets.map((target): TargetProgress =>
        target.stage !== "undoing" || target.undoCmd !== event.cmd
          ? target
          : event.outcome.is === "succeeded"
            ? { ...target, stage: "undone" }
            : { ...target, stage: "left", detail: `${event.outcome.is}: ${event.outcome.detail}` },
      );
      return settleUndo({ ...run, targets }, plan);
    },
  },
  ended: {
    ...IDLE,
    approve: cannot("It has ended."),
    start: cannot("It has ended."),
    pause: cannot("It has ended."),
    resume: cannot("It has ended."),
    abort: cannot("It has ended."),
  },
};

/** The next state of a rollout (RO10 to RO19). What has not changed of it is the same object. */
export function stepRollout(run: RolloutRun, event: RolloutEvent, plan: RolloutPlan, now: Instant): RolloutStep {
  const answers = TABLE[run.state.is] as Readonly<Record<RolloutEvent["is"], (scene: AnyScene) => RolloutStep>>;
  const step = answers[event.is]({ state: run.state, event, run, plan, now });
  const targets = step.run.targets.every((target, index) => target === run.targets[index])
    ? run.targets
    : step.run.targets;
  return step.run.state === run.state && targets === run.targets
    ? { ...step, run }
    : { ...step, run: { ...step.run, targets } };
}

// ---- targets

const inWave = (
  run: RolloutRun,
  wave: number,
  stage: TargetProgress["stage"],
  change: (target: TargetProgress) => TargetProgress,
): readonly TargetProgress[] =>
  run.targets.map((target) => (target.wave === wave && target.stage === stage ? change(target) : target));

const failed = (target: TargetProgress, detail: string): TargetProgress => ({ ...target, stage: "failed", detail });

function withCommands<S extends In<"running" | "paused" | "stopping">>(
  run: RolloutRun,
  state: S,
  cmds: Readonly<Record<string, string>>,
): RolloutRun {
  const step: WaveStep = { is: "acting" };
  return {
    state: { ...state, step },
    targets: inWave(run, state.wave, "waiting", (target) => {
      const cmd = cmds[target.id];
      return cmd === undefined ? failed(target, "it is not there any more") : { ...target, stage: "asked", cmd };
    }),
  };
}

const withOutcome = (run: RolloutRun, { cmd, outcome }: On<"outcome">, now: Instant): RolloutRun => ({
  ...run,
  targets: run.targets.map((target) =>
    target.stage !== "asked" || target.cmd !== cmd
      ? target
      : outcome.is === "succeeded"
        ? { ...target, stage: "acted", actedAt: now, detail: "" }
        : failed(target, `${outcome.is}: ${outcome.detail}`),
  ),
});

const withSight = (
  run: RolloutRun,
  { id, isGood, why, run: seenRun }: On<"seen">,
  plan: RolloutPlan,
  now: Instant,
): RolloutRun => {
  const targets = run.targets.map((target): TargetProgress => {
    if (target.id !== id || target.stage !== "acted") return target;
    if (!isGood)
      return target.goodSince === null && target.detail === why ? target : { ...target, goodSince: null, detail: why };
    // Started anew meanwhile: it has not been well on end.
    if (target.goodSince === null || target.goodRun !== seenRun)
      return { ...target, goodSince: now, goodRun: seenRun, detail: "" };
    return target;
  });
  return withTime({ ...run, targets }, plan, now);
};

/** Those that were well long enough are good; those whose time is over have failed. */
const withTime = (run: RolloutRun, { gate }: RolloutPlan, now: Instant): RolloutRun => {
  const targets = run.targets.map((target): TargetProgress => {
    if (target.stage !== "acted") return target;
    if (target.goodSince !== null && now - target.goodSince >= gate.stableMs)
      return { ...target, stage: "good", detail: "" };
    if (now - (target.actedAt ?? now) <= gate.timeoutMs) return target;
    const seconds = Math.round(gate.timeoutMs / 1_000);
    return failed(target, `not well again within ${seconds} s${target.detail === "" ? "" : `: ${target.detail}`}`);
  });
  return targets.every((target, index) => target === run.targets[index]) ? run : { ...run, targets };
};

// ---- the ends of waves

const isSettled = ({ stage }: TargetProgress): boolean => stage === "good" || stage === "failed";

/** Goes on when all of the wave are good or have failed. */
function settle(run: RolloutRun, plan: RolloutPlan, now: Instant): RolloutStep {
  const { state, targets } = run;
  if ((state.is !== "running" && state.is !== "paused") || state.step.is !== "acting") return { run };
  const ofWave = targets.filter(({ wave }) => wave === state.wave);
  if (!ofWave.every(isSettled)) return { run };
  const failures = targets.filter(({ stage }) => stage === "failed").length;
  const hasCanaryFailed = plan.waves[state.wave]!.isCanary && ofWave.some(({ stage }) => stage === "failed");
  if (hasCanaryFailed || (plan.onFailure !== "go-on" && failures > plan.failuresMax)) {
    const first = ofWave.find(({ stage }) => stage === "failed");
    const why = `${failures} of ${targets.length} failed by wave ${state.wave + 1}${first === undefined ? "" : `; ${first.detail}`}`;
    return plan.onFailure === "roll-back" && ROLLOUT_ACTIONS[plan.action].undo !== null
      ? rollBack(run, plan, state.wave, why)
      : end(run, "failed", why);
  }
  if (state.wave + 1 < plan.waves.length)
    return become(run, { ...state, wave: state.wave + 1, step: { is: "due", notBefore: now + plan.pauseMs } });
  return failures === 0
    ? end(run, "succeeded", `all ${targets.length} are well`)
    : end(run, "partial", `${failures} of ${targets.length} failed`);
}

/** Ends when no outcome is awaited any more. */
function settleStopping(run: RolloutRun, plan: RolloutPlan, now: Instant): RolloutStep {
  const { state } = run;
  if (state.is !== "stopping" || state.step.is === "asking") return { run };
  if (run.targets.some(({ stage }) => stage === "asked")) return { run };
  const seen = withTime(run, plan, now);
  return state.isTakenBack && ROLLOUT_ACTIONS[plan.action].undo !== null
    ? rollBack(seen, plan, state.wave, state.why)
    : end(seen, "aborted", state.why);
}

// ---- the way back

/** What the rollout itself has changed, or may have: it was asked for, and the target was not so before. */
const undoable = (targets: readonly TargetProgress[], plan: RolloutPlan, wave: number): readonly TargetProgress[] =>
  targets.filter(
    ({ wave: own, cmd, before, stage }) =>
      own === wave &&
      cmd !== null &&
      before?.isRunning === (plan.action === "service.stop") &&
      (stage === "acted" || stage === "good" || stage === "failed"),
  );

const ofPlan = (plan: RolloutPlan, chosen: readonly TargetProgress[]): readonly RolloutTarget[] => {
  const ids = new Set(chosen.map(({ id }) => id));
  return plan.waves.flatMap(({ targets }) => targets.filter(({ id }) => ids.has(id)));
};

/** From this wave down, the next one with something to take back; the end when there is none. */
function rollBack(run: RolloutRun, plan: RolloutPlan, from: number, why: string): RolloutStep {
  for (let wave = from; wave >= 0; wave--)
    if (undoable(run.targets, plan, wave).length > 0)
      return become(run, { is: "rolling-back", wave, step: "asking", why });
  const count = (stage: TargetProgress["stage"]): number => run.targets.filter((one) => one.stage === stage).length;
  const left = count("left");
  const undone = `${count("undone")} rolled back`;
  return left === 0
    ? end(run, "rolled-back", `${why}; ${undone}`)
    : end(run, "failed", `${why}; ${undone}, ${left} not`);
}

function settleUndo(run: RolloutRun, plan: RolloutPlan): RolloutStep {
  const { state, targets } = run;
  if (state.is !== "rolling-back" || state.step !== "acting") return { run };
  if (targets.some(({ stage }) => stage === "undoing")) return { run };
  return rollBack(run, plan, state.wave - 1, state.why);
}

function leaveWave(run: RolloutRun, state: In<"rolling-back">, plan: RolloutPlan, why: string): RolloutStep {
  if (state.step !== "asking") return { run };
  const wanted = new Set(undoable(run.targets, plan, state.wave).map(({ id }) => id));
  const targets = run.targets.map((target): TargetProgress =>
    wanted.has(target.id) ? { ...target, stage: "left", detail: why } : target,
  );
  return rollBack({ ...run, targets }, plan, state.wave - 1, state.why);
}
