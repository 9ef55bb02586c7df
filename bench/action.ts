// From asking for an action to its outcome, over loopback: a real hub, a real agent with its gates and journal, and a
// driver that takes no time. Beside it, what one action costs both programs in processor time.
import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { joinHub } from "@muster/agent";
import { AGENT_ENVIRONMENT, AGENT_NODE_FLAGS } from "@muster/protocol";
import { startProgram, temporaryDirectory } from "@muster/testkit";
import { ask, musterProgramNote, PASSWORD, signIn, startBenchHub } from "./support/bench-hub.ts";
import type { BenchSession } from "./support/bench-hub.ts";
import { processCost } from "./support/process-cost.ts";
import { quantile } from "./support/quantile.ts";
import { report, rounded } from "./support/report.ts";

/** One user may ask for sixty things at once; so several do. */
const USERS = 6;
const ACTIONS_OF_USER = 50;
const IDLE_MS = 5_000;

interface Outcome {
  readonly outcome: string;
  readonly detail: string;
}

/** `node bench/run.ts action`. */
export async function main(): Promise<void> {
  await using directory = await temporaryDirectory("bench-action");
  const hub = await startBenchHub(directory.file("hub"), 1);
  await using _hub = hub.program;
  const state = directory.file("agent");
  await joinHub({ hub: hub.address, token: hub.tokens[0] ?? "", name: "sim-1", stateDirectory: state });
  const policy = directory.file("policy.yaml");
  writeFileSync(policy, "version: 1\nallow:\n  - {action: service.restart, driver: systemd, names: [it.service]}\n");
  const program = fileURLToPath(new URL("./support/action-agent.ts", import.meta.url));
  await using agent = await startProgram([process.execPath, ...AGENT_NODE_FLAGS, program], {
    env: {
      ...AGENT_ENVIRONMENT,
      ...{ MUSTER_AGENT_STATE: state, MUSTER_AGENT_POLICY: policy, COUNTING_FILE: directory.file("effects") },
    },
  });
  await agent.says(/connected to the hub/, 20_000);
  const admin = await signIn(hub.address);
  const { items } = await ask<{ items: { id: string }[] }>(hub.address, admin, "GET", "servers");
  const path = `servers/${items[0]!.id}/actions`;
  const askers: BenchSession[] = [];
  for (let user = 0; user < USERS; user++) {
    await ask(hub.address, admin, "POST", "users", { name: `user-${user}`, password: PASSWORD, role: "operator" });
    askers.push(await signIn(hub.address, `user-${user}`, `10.0.1.${user + 1}`));
  }
  const restart = async (asker: BenchSession): Promise<number> => {
    const startedMs = performance.now();
    const body = { action: "service.restart", args: { driver: "systemd", name: "it.service" } };
    const { outcome, detail } = await ask<Outcome>(hub.address, asker, "POST", path, body);
    if (outcome !== "succeeded") throw new Error(`${outcome}: ${detail}`);
    return performance.now() - startedMs;
  };
  for (let warm = 0; warm < 10; warm++) await restart(askers[0]!);

  const pids = [hub.program.pid, agent.pid];
  const idleFrom = pids.map((pid) => processCost(pid));
  await delay(IDLE_MS);
  const idle = pids.map((pid, index) => (processCost(pid).cpuMs - idleFrom[index]!.cpuMs) / IDLE_MS);
  const from = pids.map((pid) => processCost(pid));
  const startedMs = performance.now();
  const tookMs: number[] = [];
  for (const [index, asker] of askers.entries())
    for (let count = index === 0 ? 10 : 0; count < ACTIONS_OF_USER; count++) tookMs.push(await restart(asker));
  const elapsedMs = performance.now() - startedMs;
  const cost = pids.map(
    (pid, index) => (processCost(pid).cpuMs - from[index]!.cpuMs - idle[index]! * elapsedMs) / tookMs.length,
  );
  report({
    name: "action",
    title: `Action: asked → outcome over loopback, ${tookMs.length} restarts one after the other`,
    columns: ["", "p50 ms", "p99 ms", "max ms", "hub CPU ms", "agent CPU ms"],
    rows: [
      [
        "service.restart by a driver that takes no time",
        ...[0.5, 0.99, 1].map((share) => rounded(quantile(tookMs, share))),
        ...cost.map((each) => rounded(each, 2)),
      ],
    ],
    notes: [
      "Goal (performance.md 4): the unit's own time + ≤ 150 ms.",
      "Each is durable three times at the hub (asked with its audit row, sent, outcome with its audit row) and four times at the agent.",
      "CPU is that of one action beyond what both programs use when idle; the agent reports every five seconds meanwhile.",
      musterProgramNote,
    ],
  });
}
