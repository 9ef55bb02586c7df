import { endingText, judgeEnding, recentRestarts } from "./restart.ts";
import type { Ending, Moment, Standing, SupervisedUnit, UnitEffect, UnitEvent, UnitRules, UnitState } from "./unit.ts";

export interface Reaction {
  readonly unit: SupervisedUnit;
  readonly effects: readonly UnitEffect[];
}

type In<S extends UnitState> = SupervisedUnit & { readonly standing: Extract<Standing, { is: S }> };
type On<E extends UnitEvent["is"]> = Extract<UnitEvent, { is: E }>;
interface Context {
  readonly rules: UnitRules;
  readonly moment: Moment;
}
/** Every state answers every event; a forgotten cell does not compile. */
type Table = {
  readonly [S in UnitState]: {
    readonly [E in UnitEvent["is"]]: (unit: In<S>, event: On<E>, context: Context) => Reaction;
  };
};

/** How long the kernel gets to end what was sent SIGKILL, and the pause before it is tried again. */
export const KILL_GRACE_MS = 5_000;
const STUCK_RETRY_MS = 30_000;

/** The one transition function of a supervised service (docs/spec/supervisor.md): no clock, no chance, no effect of its own. */
export function reactTo(unit: SupervisedUnit, event: UnitEvent, rules: UnitRules, moment: Moment): Reaction {
  const cell = TABLE[unit.standing.is][event.is] as (
    unit: SupervisedUnit,
    event: UnitEvent,
    context: Context,
  ) => Reaction;
  return cell(unit, event, { rules, moment });
}

const stay = (unit: SupervisedUnit): Reaction => ({ unit, effects: [] });
const alsoWants = (wanted: "running" | "stopped") => (unit: SupervisedUnit) =>
  stay(unit.wanted === "gone" ? unit : { ...unit, wanted });

/** Into another standing, with the note that every change of state leaves and with the timer of the new one, or none. */
function move(
  unit: SupervisedUnit,
  standing: Standing,
  { event = "state", cause }: { readonly event?: Extract<UnitEffect, { is: "note" }>["event"]; readonly cause: string },
  effects: readonly UnitEffect[] = [],
): Reaction {
  const from = unit.standing.is;
  const note: UnitEffect = { is: "note", event, from, to: standing.is, cause };
  const isChange = from !== standing.is || event !== "state";
  const hasTimer = effects.some((effect) => effect.is === "timer");
  return {
    unit: { ...unit, standing },
    effects: [...(isChange ? [note] : []), ...(hasTimer ? [] : [{ is: "no-timer" } as const]), ...effects],
  };
}

const begin = (unit: SupervisedUnit, cause: string, event?: "restarted"): Reaction =>
  move(unit, { is: "starting", step: "dependencies" }, { cause, ...(event && { event }) }, [
    { is: "await-dependencies" },
  ]);

const forgiven = (unit: SupervisedUnit): SupervisedUnit => ({ ...unit, streak: 0, restartedAtMs: [], restarts: 0 });

function start(unit: SupervisedUnit, { cause }: { readonly cause: string }): Reaction {
  if (unit.wanted === "gone") return stay(unit);
  // Whoever starts a service by hand has seen that it failed: it gets its restarts back. [SV12]
  return begin({ ...unit, wanted: "running", streak: 0, restartedAtMs: [] }, cause);
}

/** Nothing of it lives: stopped, and forgotten when it was removed. */
function rest(unit: SupervisedUnit, cause: string): Reaction {
  return move({ ...unit, child: null }, { is: "stopped" }, { cause }, [
    { is: "checks", turn: "off" },
    ...(unit.wanted === "gone" ? [{ is: "forget" } as const] : []),
  ]);
}

/** After its last process ended: what is wanted decides, then the policy. */
function afterEnd(unit: SupervisedUnit, why: Ending, next: "start" | "judge", { rules, moment }: Context): Reaction {
  const ended: SupervisedUnit = { ...unit, child: null };
  if (ended.wanted !== "running") return rest(ended, endingText(why));
  if (next === "start") {
    const again = begin(ended, endingText(why));
    return { ...again, effects: [{ is: "checks", turn: "off" }, ...again.effects] };
  }
  const off: UnitEffect = { is: "checks", turn: "off" };
  const verdict = judgeEnding(ended, why, rules.restart, moment);
  switch (verdict.is) {
    case "done":
      return rest(ended, endingText(why));
    case "give-up": {
      const { restartsMax, windowMs } = rules.restart;
      const budget = `, ${restartsMax} restarts in ${windowMs / 1000} s are used up`;
      const cause = `${endingText(why)}${verdict.why === "budget" ? budget : ", it is not restarted"}`;
      return move(ended, { is: "failed", until: "asked" }, { event: "gave-up", cause }, [off]);
    }
    case "restart": {
      const recent = recentRestarts(ended, rules.restart, moment.nowMs);
      const restarted: SupervisedUnit = {
        ...ended,
        streak: ended.streak + 1,
        restarts: ended.restarts + 1,
        restartedAtMs: [...recent, moment.nowMs],
      };
      const attempt = `restart ${recent.length + 1} of ${rules.restart.restartsMax}`;
      if (verdict.delayMs === 0) {
        const now = begin(restarted, `${endingText(why)}, ${attempt}`, "restarted");
        return { ...now, effects: [off, ...now.effects] };
      }
      const cause = `${endingText(why)}, ${attempt} in ${(verdict.delayMs / 1000).toFixed(1)} s`;
      return move(restarted, { is: "backing-off" }, { event: "restart-planned", cause }, [
        off,
        { is: "timer", rings: "retry-due", delayMs: verdict.delayMs },
      ]);
    }
  }
}

/** Nothing was tried, so no restart is used: it starts when its definition is complete. [SV27] */
const lacking = (unit: SupervisedUnit, cause: string): Reaction =>
  move(unit, { is: "failed", until: "complete" }, { cause });

/** Its own signal first, SIGKILL after the grace. */
function end(unit: SupervisedUnit, why: Ending, next: "start" | "judge", { rules }: Context): Reaction {
  return move(unit, { is: "stopping", step: "signalled", next, why }, { cause: endingText(why) }, [
    { is: "checks", turn: "off" },
    { is: "signal", signal: rules.stop.signal },
    { is: "timer", rings: "grace-over", delayMs: rules.stop.graceMs },
  ]);
}

function exited(unit: SupervisedUnit, { exit, left }: On<"exited">, context: Context): Reaction {
  const why: Ending = { by: "exit", exit };
  // What its leader left behind ends first: otherwise two of it would run. [SV6]
  return left === "none" ? afterEnd(unit, why, "judge", context) : end(unit, why, "judge", context);
}

/** A child that lives: ready at once, or watched until it is. */
function born(unit: SupervisedUnit, cause: string, { rules }: Context, event?: "adopted"): Reaction {
  const on: UnitEffect = { is: "checks", turn: "on" };
  const said = { cause, ...(event && { event }) };
  if (rules.ready.by === "started")
    return move(unit, { is: "running" }, said, [
      on,
      { is: "timer", rings: "stable", delayMs: rules.restart.stableAfterMs },
    ]);
  const timer: UnitEffect =
    rules.ready.by === "time"
      ? { is: "timer", rings: "ready", delayMs: rules.ready.afterMs }
      : { is: "timer", rings: "not-ready", delayMs: rules.ready.timeoutMs };
  return move(unit, { is: "starting", step: "readying" }, said, [on, timer]);
}

function runs(unit: SupervisedUnit, cause: string, { rules }: Context, event?: "adopted"): Reaction {
  return move(unit, { is: "running" }, { cause, ...(event && { event }) }, [
    ...(event === undefined ? [] : [{ is: "checks", turn: "on" } as const]),
    { is: "timer", rings: "stable", delayMs: rules.restart.stableAfterMs },
  ]);
}

/** At rest, with nothing alive. */
const RESTING = {
  "start-asked": start,
  "stop-asked": (unit: SupervisedUnit, { cause }: On<"stop-asked">) =>
    unit.wanted === "gone" ? stay(unit) : rest({ ...unit, wanted: "stopped" }, cause),
  "restart-asked": start,
  "reset-asked": (unit: SupervisedUnit, { cause }: On<"reset-asked">) => rest(forgiven(unit), cause),
  "dependencies-ready": stay,
  "dependencies-failed": stay,
  spawned: stay,
  "spawn-failed": stay,
  incomplete: stay,
  complete: stay,
  ready: stay,
  "not-ready": stay,
  exited: stay,
  "group-gone": stay,
  stable: stay,
  "retry-due": stay,
  "grace-over": stay,
  "became-unhealthy": stay,
  "limit-exceeded": stay,
  adopted: (unit: SupervisedUnit, { child, readiness }: On<"adopted">, context: Context): Reaction => {
    const owned = { ...unit, child };
    const cause = `pid ${child.pid} ran on while the agent was away`;
    if (unit.wanted === "stopped" || unit.wanted === "gone")
      return end(owned, { by: "asked", cause: "it is not wanted" }, "judge", context);
    const wanted = { ...owned, wanted: "running" as const };
    return readiness === "ready" ? runs(wanted, cause, context, "adopted") : born(wanted, cause, context, "adopted");
  },
  removed: (unit: SupervisedUnit, { cause }: On<"removed">) => rest({ ...unit, wanted: "gone" }, cause),
};

/** Not yet spawned, or the spawn is under way. */
const stopsUnborn = (unit: In<"starting">, cause: string): Reaction =>
  move(unit, { is: "stopping", step: "unborn", next: "start", why: { by: "asked", cause } }, { cause });

/** A stop before, during and after the birth of the child. */
function stopStarting(unit: In<"starting">, cause: string, wanted: "stopped" | "gone", context: Context): Reaction {
  const asked = { ...unit, wanted };
  switch (unit.standing.step) {
    case "dependencies":
      return rest(asked, cause);
    case "spawning":
      return stopsUnborn(asked, cause);
    case "readying":
      return end(asked, { by: "asked", cause }, "judge", context);
  }
}

const ifReadying =
  <E extends UnitEvent>(then: (unit: In<"starting">, event: E, context: Context) => Reaction) =>
  (unit: In<"starting">, event: E, context: Context): Reaction =>
    unit.standing.step === "readying" ? then(unit, event, context) : stay(unit);

/** The end of what is being stopped. */
const ended = (unit: In<"stopping">, context: Context): Reaction =>
  afterEnd(unit, unit.standing.why, unit.standing.next, context);

const TABLE: Table = {
  stopped: RESTING,

  failed: {
    ...RESTING,
    // It is known to be at its end: only a start, or a reset, takes it out. [SV11]
    "stop-asked": (unit) => stay(unit.wanted === "gone" ? unit : { ...unit, wanted: "stopped" }),
    incomplete: (unit, { cause }) =>
      unit.standing.until === "complete" ? move(unit, unit.standing, { event: "notice", cause }) : stay(unit),
    complete: (unit, { cause }) =>
      unit.standing.until === "complete" && unit.wanted === "running" ? begin(unit, cause) : stay(unit),
  },

  starting: {
    ...RESTING,
    "start-asked": alsoWants("running"),
    "stop-asked": (unit, { cause }, context) => stopStarting(unit, cause, "stopped", context),
    "restart-asked": (unit, { cause }, context) =>
      unit.standing.step === "readying"
        ? end({ ...unit, wanted: "running" }, { by: "asked", cause }, "start", context)
        : stay(unit),
    "reset-asked": (unit) => stay(forgiven(unit)),
    "dependencies-ready": (unit) =>
      unit.standing.step === "dependencies"
        ? { unit: { ...unit, standing: { is: "starting", step: "spawning" } }, effects: [{ is: "spawn" }] }
        : stay(unit),
    "dependencies-failed": (unit, { cause }) =>
      unit.standing.step === "dependencies"
        ? move(unit, { is: "failed", until: "asked" }, { event: "gave-up", cause })
        : stay(unit),
    spawned: (unit, { child }, context) =>
      unit.standing.step === "spawning" ? born({ ...unit, child }, `pid ${child.pid}`, context) : stay(unit),
    "spawn-failed": (unit, { cause }, context) =>
      unit.standing.step === "spawning" ? afterEnd(unit, { by: "spawn", cause }, "judge", context) : stay(unit),
    incomplete: (unit, { cause }) => (unit.standing.step === "readying" ? stay(unit) : lacking(unit, cause)),
    ready: ifReadying((unit, _, context) => runs(unit, "it is ready", context)),
    // A child that never got ready is ended like one that failed, and counts as that. [SV8]
    "not-ready": ifReadying((unit, { cause }, context) => end(unit, { by: "not-ready", cause }, "judge", context)),
    exited: ifReadying(exited),
    "limit-exceeded": ifReadying((unit, { cause }, context) => end(unit, { by: "limit", cause }, "judge", context)),
    adopted: stay,
    removed: (unit, { cause }, context) => stopStarting(unit, cause, "gone", context),
  },

  running: {
    ...RESTING,
    "start-asked": alsoWants("running"),
    "stop-asked": (unit, { cause }, context) =>
      end({ ...unit, wanted: "stopped" }, { by: "asked", cause }, "judge", context),
    "restart-asked": (unit, { cause }, context) =>
      end({ ...unit, wanted: "running" }, { by: "asked", cause }, "start", context),
    "reset-asked": (unit) => stay(forgiven(unit)),
    exited,
    stable: (unit) => stay({ ...unit, streak: 0 }),
    "became-unhealthy": (unit, { cause }, context) => {
      const { restart } = context.rules;
      if (restart.when !== "on-unhealthy") return stay(unit);
      const why: Ending = { by: "unhealthy", cause };
      if (judgeEnding(unit, why, restart, context.moment).is === "restart") return end(unit, why, "judge", context);
      // Something that does badly is better than nothing at all, which is all another restart could bring. [SV13]
      const note = { is: "note", event: "gave-up", from: "running", to: "running" } as const;
      return { unit, effects: [{ ...note, cause: `${cause}, and its restarts are used up: it is left as it is` }] };
    },
    "limit-exceeded": (unit, { cause }, context) => end(unit, { by: "limit", cause }, "judge", context),
    adopted: stay,
    removed: (unit, { cause }, context) => end({ ...unit, wanted: "gone" }, { by: "asked", cause }, "judge", context),
  },

  stopping: {
    ...RESTING,
    // The exit that is awaited leads to a new start, without a pause and without using up a restart. [SV7]
    "start-asked": (unit) =>
      stay(
        unit.wanted === "gone" ? unit : { ...unit, wanted: "running", standing: { ...unit.standing, next: "start" } },
      ),
    "restart-asked": (unit) =>
      stay(
        unit.wanted === "gone" ? unit : { ...unit, wanted: "running", standing: { ...unit.standing, next: "start" } },
      ),
    "stop-asked": alsoWants("stopped"),
    "reset-asked": (unit) => stay(forgiven(unit)),
    spawned: (unit, { child }, context) => {
      if (unit.standing.step !== "unborn") return stay(unit);
      const owned = { ...unit, child };
      return unit.wanted === "running"
        ? born(owned, `pid ${child.pid}`, context)
        : end(owned, unit.standing.why, "start", context);
    },
    "spawn-failed": (unit, { cause }, context) =>
      unit.standing.step === "unborn" ? afterEnd(unit, { by: "spawn", cause }, "judge", context) : stay(unit),
    incomplete: (unit, { cause }, context) => {
      if (unit.standing.step !== "unborn") return stay(unit);
      return unit.wanted === "running" ? lacking(unit, cause) : ended(unit, context);
    },
    exited: (unit, { left }, context) =>
      unit.standing.step !== "unborn" && left === "none" ? ended(unit, context) : stay(unit),
    "group-gone": (unit, _, context) => (unit.standing.step === "unborn" ? stay(unit) : ended(unit, context)),
    "grace-over": (unit) => {
      const { standing } = unit;
      const kill: UnitEffect = { is: "kill" };
      if (standing.step === "unborn") return stay(unit);
      if (standing.step === "signalled")
        return move(unit, { ...standing, step: "killed" }, { event: "notice", cause: "its grace is over: SIGKILL" }, [
          kill,
          { is: "timer", rings: "grace-over", delayMs: KILL_GRACE_MS },
        ]);
      // Nothing else ends it, and nothing else may run in its place: it stays `stopping` until it is gone. [SV9]
      const again: readonly UnitEffect[] = [kill, { is: "timer", rings: "grace-over", delayMs: STUCK_RETRY_MS }];
      if (standing.step === "stuck") return { unit, effects: again };
      const cause = "it outlives SIGKILL: the kernel waits for something, and nothing is started in its place";
      return move(unit, { ...standing, step: "stuck" }, { event: "notice", cause }, again);
    },
    adopted: stay,
    removed: (unit) => stay({ ...unit, wanted: "gone" }),
  },

  "backing-off": {
    ...RESTING,
    // Stopped while it waits: the restart that was planned is cancelled with its timer. [SV10]
    "retry-due": (unit) => begin(unit, "its pause is over", "restarted"),
    "reset-asked": (unit) => stay(forgiven(unit)),
    adopted: stay,
  },
};
