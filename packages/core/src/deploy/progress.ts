import type { Instant } from "../time.ts";
import { DEPLOYMENTS } from "./steps.ts";
import type { DeployAction, DeployStep } from "./steps.ts";

export type StepState = "waiting" | "running" | "done" | "skipped" | "failed";

export interface StepProgress {
  readonly step: DeployStep;
  readonly state: StepState;
  /** What was found, how far it is, or what is wrong and what to do; one sentence. */
  readonly detail: string;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
}

/** `undoing`: a step failed, and what was done before it is being undone. */
export type DeploymentState = "waiting" | "running" | "undoing" | "succeeded" | "failed";

export interface DeploymentProgress {
  readonly state: DeploymentState;
  readonly steps: readonly StepProgress[];
  /** Whether all is as it was before, once it has failed; what is left otherwise. */
  readonly aftermath: string;
  /** Grows with each change. */
  readonly revision: number;
}

export type DeploymentEvent =
  | { readonly is: "began"; readonly step: DeployStep }
  /** How far the step that runs is. */
  | { readonly is: "told"; readonly detail: string }
  | { readonly is: "ended"; readonly state: "done" | "skipped"; readonly detail: string }
  /** The step that runs, or before the first one the next, cannot be done. */
  | { readonly is: "failed"; readonly detail: string }
  | { readonly is: "undone"; readonly aftermath: string }
  | { readonly is: "succeeded" };

export const newDeployment = (action: DeployAction): DeploymentProgress => ({
  state: "waiting",
  steps: DEPLOYMENTS[action].steps.map((step) => ({
    ...{ step, state: "waiting", detail: "" },
    ...{ startedAt: null, endedAt: null },
  })),
  aftermath: "",
  revision: 0,
});

export const isOver = ({ state }: Pick<DeploymentProgress, "state">): boolean =>
  state === "succeeded" || state === "failed";

/** What a deployment is after an event. One that is over stays as it is. */
export function advanceDeployment(
  before: DeploymentProgress,
  event: DeploymentEvent,
  now: Instant,
): DeploymentProgress {
  if (isOver(before)) return before;
  const change = (changed: Partial<DeploymentProgress>): DeploymentProgress => ({
    ...before,
    ...changed,
    revision: before.revision + 1,
  });
  const running = before.steps.findIndex(({ state }) => state === "running");
  const at = running >= 0 ? running : before.steps.findIndex(({ state }) => state === "waiting");
  const step = (index: number, changed: Partial<StepProgress>): readonly StepProgress[] =>
    before.steps.map((each, position) => (position === index ? { ...each, ...changed } : each));
  switch (event.is) {
    case "began": {
      const index = before.steps.findIndex(({ step: name }) => name === event.step);
      return change({ state: "running", steps: step(index, { state: "running", startedAt: now }) });
    }
    case "told":
      return change({ steps: step(running, { detail: event.detail }) });
    case "ended":
      return change({ steps: step(running, { state: event.state, detail: event.detail, endedAt: now }) });
    case "failed":
      return change({ state: "undoing", steps: step(at, { state: "failed", detail: event.detail, endedAt: now }) });
    case "undone":
      return change({ state: "failed", aftermath: event.aftermath });
    case "succeeded":
      return change({ state: "succeeded" });
  }
}
