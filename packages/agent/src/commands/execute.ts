import type { Action, ActionName, Clock, Execution } from "@muster/core";

type Executor = (action: Action, clock: Clock) => Promise<Execution>;

/** Who does what an allowed action asks. Everything here has passed the policy. */
const EXECUTORS: Readonly<Partial<Record<ActionName, Executor>>> = {
  "agent.ping": (_, clock) =>
    Promise.resolve({ outcome: "succeeded", detail: `the agent's clock says ${new Date(clock.now()).toISOString()}` }),
};

/** Never rejects: what an executor throws is a failure of the action. */
export async function execute(action: Action, clock: Clock): Promise<Execution> {
  try {
    const executor = EXECUTORS[action.name];
    if (executor === undefined) return { outcome: "failed", detail: `this agent cannot do ${action.name}` };
    return await executor(action, clock);
  } catch (error) {
    return { outcome: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
}
