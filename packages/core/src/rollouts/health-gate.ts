import type { Health, RunState } from "../services/service.ts";
import type { RolloutAction, TargetBefore } from "./rollout.ts";

/** A target as the hub knows it now. */
export type Sight =
  /** Nobody can be asked: what is known is the past. */
  | { readonly is: "dark"; readonly why: string }
  | { readonly is: "server"; readonly boot: string | null }
  | { readonly is: "service"; readonly state: RunState; readonly health: Health; readonly run: string | null };

export const targetBefore = (sight: Sight): TargetBefore => {
  if (sight.is === "service")
    return {
      isRunning: sight.state === "unknown" ? null : sight.state === "running" || sight.state === "starting",
      health: sight.health,
      run: sight.run,
    };
  return { isRunning: null, health: "unknown", run: sight.is === "server" ? sight.boot : null };
};

/** Whether this is the run that was there before; one that nobody could name may be any. */
const isRunBefore = (run: string | null, before: TargetBefore | null): boolean => run !== null && run === before?.run;

/**
 * Whether a target is as it should be after its action. Where it had a health before it must be healthy again; one that
 * nobody knows the health of needs to run. A restart and a reboot must have made a new run.
 */
export function judgeSight(
  action: RolloutAction,
  sight: Sight,
  before: TargetBefore | null,
): { readonly isGood: boolean; readonly why: string; readonly run: string | null } {
  const bad = (why: string): ReturnType<typeof judgeSight> => ({ isGood: false, why, run: null });
  if (sight.is === "dark") return bad(sight.why);
  if (sight.is === "server") {
    if (action === "server.reboot" && isRunBefore(sight.boot, before)) return bad("it has not booted anew");
    return { isGood: true, why: "", run: sight.boot };
  }
  const { state, health, run } = sight;
  if (action === "service.stop")
    return state === "stopped" || state === "failed" ? { isGood: true, why: "", run } : bad(`it is ${state}`);
  if (state !== "running") return bad(`it is ${state}`);
  if (action === "service.restart" && before?.isRunning === true && isRunBefore(run, before))
    return bad("it has not been started anew");
  if (health === "unhealthy" || health === "degraded") return bad(`it is ${health}`);
  if (health === "unknown" && before !== null && before.health !== "unknown") return bad("its health is not known yet");
  return { isGood: true, why: "", run };
}
