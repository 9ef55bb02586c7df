import { deadline, isDriverName, judgeEffect, MINUTE_MS, SECOND_MS, seenBefore, wait } from "@muster/core";
import type { Action, Execution, SeenBefore, Verb } from "@muster/core";
import type { ServiceDriver } from "../service-driver.ts";
import { failed, unknownAfterCrash } from "./executor.ts";
import type { ExecutionDeps, Executor, Seen } from "./executor.ts";

/** A driver ends by its own limits long before: units have a stop time of a minute and a half. */
const ACT_MS_MAX = 5 * MINUTE_MS;
const SETTLE_MS_MAX = MINUTE_MS;
const LOOK_EVERY_MS = 500;
const LOOK_MS_MAX = 10 * SECOND_MS;
/** What was asked of systemd just before a crash may not show yet: a failure is believed when it lasts. */
const FAILURE_LASTS_MS = 3 * SECOND_MS;
/** What these leave behind shows nothing that was not there before. */
const UNSEEN: readonly Verb[] = ["reload"];

const NOTHING_SEEN: SeenBefore = { state: "unknown", run: null, enabled: null };

/** `service.<verb>` and `container.<verb>`, through the driver of the service. */
export function serviceExecutor(verb: Verb, ofContainers = false): Executor {
  const nameOf = ({ args }: Action): string => String(args["name"]);
  const driverName = ({ args }: Action): string => (ofContainers ? "container" : String(args["driver"]));
  const driverOf = (action: Action, { drivers }: ExecutionDeps): ServiceDriver | undefined => {
    const name = driverName(action);
    return isDriverName(name) ? drivers.get(name) : undefined;
  };
  const before = (seen: Seen): SeenBefore => (seen.of === "service" ? seen.before : NOTHING_SEEN);

  return {
    lane: (action) => `${driverName(action)}/${nameOf(action)}`,
    limitMs: () => ACT_MS_MAX,
    async observe(action, deps, signal) {
      const status = await driverOf(action, deps)?.read(nameOf(action), signal);
      return { of: "service", before: status === undefined ? NOTHING_SEEN : seenBefore(status) };
    },
    async run({ action }, seen, deps, signal) {
      const driver = driverOf(action, deps);
      if (driver === undefined) return failed(`this server has no driver ${driverName(action)} that works`);
      const execution = await driver.act({ verb, name: nameOf(action), args: action.args }, signal);
      if (execution.outcome !== "unknown" || UNSEEN.includes(verb)) return execution;
      // It did not come in the driver's time; what is there now may tell nevertheless.
      const seenNow = await lookUntilClear(verb, nameOf(action), before(seen), driver, deps);
      return seenNow.outcome === "unknown" ? execution : seenNow;
    },
    async settle(action, seen, deps) {
      const driver = driverOf(action, deps);
      if (driver === undefined || seen.of !== "service" || UNSEEN.includes(verb)) return unknownAfterCrash;
      const execution = await lookUntilClear(verb, nameOf(action), seen.before, driver, deps);
      // A signal that did not end it leaves nothing to see.
      if (verb === "kill" && execution.outcome !== "succeeded") return unknownAfterCrash;
      return { ...execution, detail: `${execution.detail} (seen after muster had stopped in between)` };
    },
  };
}

async function look(
  verb: Verb,
  name: string,
  before: SeenBefore,
  driver: ServiceDriver,
  { clock, stopping }: ExecutionDeps,
): Promise<Execution | "pending"> {
  const limit = deadline(clock, LOOK_MS_MAX, stopping);
  try {
    const verdict = judgeEffect(verb, before, await driver.read(name, limit.signal));
    return verdict.is === "pending" ? "pending" : { outcome: verdict.is, detail: verdict.detail };
  } catch {
    return "pending";
  } finally {
    limit.done();
  }
}

async function lookUntilClear(
  verb: Verb,
  name: string,
  before: SeenBefore,
  driver: ServiceDriver,
  deps: ExecutionDeps,
): Promise<Execution> {
  const { clock, stopping } = deps;
  const startedMs = clock.monotonic();
  for (;;) {
    const verdict = await look(verb, name, before, driver, deps);
    const elapsedMs = clock.monotonic() - startedMs;
    if (verdict !== "pending" && (verdict.outcome === "succeeded" || elapsedMs >= FAILURE_LASTS_MS)) return verdict;
    if (elapsedMs >= SETTLE_MS_MAX || stopping.aborted) return unknownAfterCrash;
    await wait(clock, LOOK_EVERY_MS, stopping);
  }
}
