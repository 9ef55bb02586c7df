import { MINUTE_MS, NO_SUBJECT, silentLogger } from "@muster/core";
import type { Incident } from "@muster/core";
import type { ActionView, DeploymentView, EvidenceView } from "@muster/protocol";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { IncidentEvidence } from "../src/alerts/incident-evidence.ts";
import type { EvidenceDeps } from "../src/alerts/incident-evidence.ts";

test("[AL27] what was done to a server lately stands beside what is wrong: actions and what became of its agent, newest first", async () => {
  const clock = new FakeClock();
  const ago = (minutes: number): number => clock.now() - minutes * MINUTE_MS;
  const action = (minutes: number): Partial<ActionView> => ({
    ...{ askedAt: ago(minutes), actor: "olga", action: "service.restart", args: { name: "web" }, outcome: "failed" },
  });
  const deployment = (minutes: number, state: DeploymentView["state"]): Partial<DeploymentView> => ({
    ...{ askedAt: ago(minutes), actor: "anna", action: "upgrade", state },
  });
  let kept = "";
  const evidence = new IncidentEvidence({
    ...{
      clock,
      log: silentLogger,
      processes: async () => [],
      lastLines: async () => [],
      countedLines: () => undefined,
    },
    store: { keepEvidence: async (_id: string, text: string) => void (kept = text), similar: async () => [] },
    fleet: { get: () => undefined },
    metrics: { query: async () => [] },
    recentActions: async () => [action(10), action(300)],
    deployments: (serverId: string) =>
      serverId === "s" ? [deployment(5, "running"), deployment(20, "succeeded")] : [],
  } as unknown as EvidenceDeps);
  const subject = { ...NO_SUBJECT, serverId: "s" };
  evidence.gather({ id: "i", members: [{ subject, clearedAt: null }] } as unknown as Incident);
  await expect.poll(() => kept).not.toBe("");
  expect(
    (JSON.parse(kept) as EvidenceView).actions.map(({ by, action: what, outcome }) => [by, what, outcome]),
  ).toEqual([
    ["anna", "agent.upgrade", null],
    ["olga", "service.restart", "failed"],
    ["anna", "agent.upgrade", "succeeded"],
  ]);
  await evidence.stop();
});
