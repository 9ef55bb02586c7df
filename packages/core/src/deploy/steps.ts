import { MINUTE_MS } from "../time.ts";

/** What can be asked for of the agent of a server that is reached by SSH. */
export const DEPLOY_ACTIONS = ["deploy", "upgrade", "uninstall", "start", "stop"] as const;
export type DeployAction = (typeof DEPLOY_ACTIONS)[number];

/** Every step, with the longest that it may take; an upload ends sooner where its connection is dead. */
export const STEP_MS = {
  check: MINUTE_MS,
  upload: 10 * MINUTE_MS,
  runtime: 30 * MINUTE_MS,
  install: 3 * MINUTE_MS,
  join: MINUTE_MS,
  start: 2 * MINUTE_MS,
  stop: 2 * MINUTE_MS,
  uninstall: 5 * MINUTE_MS,
  /** Until a reading came: by the agent, or after it is gone by SSH. */
  verify: MINUTE_MS,
} as const;
export type DeployStep = keyof typeof STEP_MS;
export const DEPLOY_STEPS = Object.keys(STEP_MS) as readonly DeployStep[];

/** What each needs the server to be linked by, and comes to, step by step. After a step that fails there are no more: what was done is undone. */
export const DEPLOYMENTS: Readonly<
  Record<DeployAction, { readonly from: "ssh" | "agent"; readonly steps: readonly DeployStep[] }>
> = {
  deploy: { from: "ssh", steps: ["check", "upload", "runtime", "install", "join", "start", "verify"] },
  upgrade: { from: "agent", steps: ["check", "upload", "runtime", "install", "verify"] },
  uninstall: { from: "agent", steps: ["check", "uninstall", "verify"] },
  start: { from: "agent", steps: ["check", "start", "verify"] },
  stop: { from: "agent", steps: ["check", "stop"] },
};
