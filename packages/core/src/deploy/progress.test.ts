import fc from "fast-check";
import { expect, test } from "vitest";
import { advanceDeployment, isOver, newDeployment } from "./progress.ts";
import type { DeploymentEvent } from "./progress.ts";
import { DEPLOY_ACTIONS, DEPLOYMENTS } from "./steps.ts";

test("[DP1] steps begin and end one after the other, and the last event ends it", () => {
  let progress = newDeployment("uninstall");
  for (const step of DEPLOYMENTS.uninstall.steps) {
    progress = advanceDeployment(progress, { is: "began", step }, 1);
    progress = advanceDeployment(progress, { is: "told", detail: "half" }, 2);
    expect(progress.steps.find((one) => one.step === step)).toMatchObject({ state: "running", detail: "half" });
    progress = advanceDeployment(progress, { is: "ended", state: "done", detail: "all" }, 3);
  }
  progress = advanceDeployment(progress, { is: "succeeded" }, 4);
  expect(progress).toMatchObject({ state: "succeeded", aftermath: "", revision: 10 });
  expect(
    progress.steps.every(({ state, startedAt, endedAt }) => state === "done" && startedAt === 1 && endedAt === 3),
  ).toBe(true);
});

test("[DP8] a failure is the running step's, or the first one's where none has begun, and is undone before it is over", () => {
  const early = advanceDeployment(newDeployment("deploy"), { is: "failed", detail: "who asked is gone" }, 1);
  expect(early.state).toBe("undoing");
  expect(early.steps[0]).toMatchObject({ step: "check", state: "failed", detail: "who asked is gone" });
  const over = advanceDeployment(early, { is: "undone", aftermath: "Nothing was changed." }, 2);
  expect(over).toMatchObject({ state: "failed", aftermath: "Nothing was changed." });
  expect(advanceDeployment(over, { is: "succeeded" }, 3)).toBe(over);
});

test("whatever comes, at most one step runs, what is over stays, and revisions grow", () => {
  const action = fc.constantFrom(...DEPLOY_ACTIONS);
  const event = fc.oneof(
    fc.constantFrom<DeploymentEvent>(
      { is: "told", detail: "x" },
      { is: "ended", state: "done", detail: "" },
      { is: "failed", detail: "no" },
      { is: "undone", aftermath: "" },
      { is: "succeeded" },
    ),
    fc.nat({ max: 6 }),
  );
  fc.assert(
    fc.property(action, fc.array(event), (name, events) => {
      let progress = newDeployment(name);
      for (const given of events) {
        const { steps } = DEPLOYMENTS[name];
        const next: DeploymentEvent =
          typeof given === "number" ? { is: "began", step: steps[given % steps.length]! } : given;
        // The desk begins a step after the one before has ended only.
        if (next.is === "began" && progress.steps.some(({ state }) => state === "running" || state === "failed"))
          continue;
        const before = progress;
        progress = advanceDeployment(progress, next, 1);
        expect(progress.steps.filter(({ state }) => state === "running").length).toBeLessThanOrEqual(1);
        expect(progress.steps.length).toBe(steps.length);
        if (isOver(before)) expect(progress).toBe(before);
        else expect(progress.revision).toBe(before.revision + 1);
      }
    }),
  );
});
