import type { Action, ActionName, Clock } from "@muster/core";

export interface Execution {
  readonly outcome: "succeeded" | "failed";
  readonly detail: string;
}

type Executor = (action: Action, clock: Clock) => Promise<Execution>;

const withoutDriver =
  (what: string): Executor =>
  () =>
    Promise.resolve({ outcome: "failed", detail: `this agent has no driver for ${what} yet` });

/** Who does what an allowed action asks. Everything here has passed the policy. */
const EXECUTORS: Readonly<Record<ActionName, Executor>> = {
  "agent.ping": (_, clock) =>
    Promise.resolve({ outcome: "succeeded", detail: `the agent's clock says ${new Date(clock.now()).toISOString()}` }),
  "service.start": withoutDriver("services"),
  "service.stop": withoutDriver("services"),
  "service.restart": withoutDriver("services"),
  "process.kill": withoutDriver("processes"),
  "script.run": withoutDriver("scripts"),
  "logs.read": withoutDriver("logs"),
  "host.reboot": withoutDriver("the machine"),
  shell: withoutDriver("shells"),
};

/** Never rejects: what an executor throws is a failure of the action. */
export async function execute(action: Action, clock: Clock): Promise<Execution> {
  try {
    return await EXECUTORS[action.name](action, clock);
  } catch (error) {
    return { outcome: "failed", detail: error instanceof Error ? error.message : String(error) };
  }
}
