import { wait } from "@muster/core";
import { randomInt } from "node:crypto";
import { systemClock } from "@muster/node-kit";
import { freePort, seededRandom, temporaryDirectory } from "@muster/testkit";
import { beforeAll, expect, onTestFailed, test } from "vitest";
import { keepEvidence } from "../support/evidence.ts";
import { signedInClient, startHubProgram } from "../support/hub-program.ts";
import type { HubProgram } from "../support/hub-program.ts";
import type { HubClient } from "../support/hub-client.ts";
import { buildPrograms } from "../support/programs.ts";
import { LedgerAgent } from "./ledger-agent.ts";

const KILLS = Number(process.env["FAULT_KILLS"] ?? 50);
const AGENTS = 4;
const BATCH_MS = 4;
const UP_MS_MAX = 500;

const evidence = keepEvidence();
beforeAll(buildPrograms);

test(
  `R2 a hub that is killed ${KILLS} times under load loses no acknowledged sample and doubles none`,
  { timeout: 170_000 + KILLS * 1_500 },
  async () => {
    const seed = Number(process.env["FAULT_SEED"] ?? randomInt(1_000_000));
    onTestFailed(() => console.error(`replay with FAULT_SEED=${seed}`));
    const random = seededRandom(seed);
    await using directory = await temporaryDirectory("hub-kill");
    const listen = `127.0.0.1:${await freePort()}`;
    const start = async (): Promise<HubProgram> => {
      const hub = await startHubProgram({ directory: directory.path, listen });
      evidence.add("hub.log", () => hub.program.output);
      return hub;
    };
    let hub = await start();
    const startedAt = Date.now();
    try {
      const client = await signedInClient({ publicUrl: hub.address });
      const agents = await Promise.all(
        Array.from({ length: AGENTS }, async (_, index) => {
          const name = `ledger-${index}`;
          const { token } = await client.call("POST /api/v1/join-tokens", { body: { name } });
          return LedgerAgent.join(hub.address, token, name, BATCH_MS);
        }),
      );
      for (const agent of agents) agent.start();
      for (let kill = 0; kill < KILLS; kill++) {
        // From the first moments of its start-up to well under load.
        await wait(systemClock, random() * UP_MS_MAX, new AbortController().signal);
        hub.program.signal("SIGKILL");
        await hub.program.exited;
        hub = await start();
        if (kill % 10 === 9) await expectLedgers(client, agents, startedAt, `kill ${kill}, seed ${seed}`);
      }
      await Promise.all(agents.map((agent) => agent.finish()));
      await expectLedgers(client, agents, startedAt, `the end, seed ${seed}`);
      for (const agent of agents) {
        const { count, sum } = await tally(client, agent, startedAt);
        expect({ count, sum }).toEqual({ count: agent.lastSeq, sum: (agent.lastSeq * (agent.lastSeq + 1)) / 2 });
      }
      const samples = agents.reduce((total, agent) => total + agent.lastSeq, 0);
      const sessions = agents.reduce((total, agent) => total + agent.sessions, 0);
      console.info(
        `${KILLS} kills, ${sessions} sessions, ${samples} samples acknowledged, all there once (seed ${seed})`,
      );
      expect(samples).toBeGreaterThan(KILLS * AGENTS);
    } finally {
      await hub[Symbol.asyncDispose]();
    }
  },
);

/** Count and sum of all a ledger agent's samples, by the API. */
async function tally(
  client: HubClient,
  agent: LedgerAgent,
  startedAt: number,
): Promise<{ count: number; sum: number }> {
  const of = async (what: "count" | "sum"): Promise<number> => {
    const from = startedAt - 60_000;
    const to = Date.now() + 60_000;
    const answer = await client.call("GET /api/v1/metrics/query", {
      query: { server: agent.identity.serverId, metric: "ledger_value", from, to, step: to - from, function: what },
    });
    return answer.series.flatMap(({ values }) => values).reduce<number>((sum, value) => sum + (value ?? 0), 0);
  };
  return { count: await of("count"), sum: await of("sum") };
}

/** In the middle of it: at least what was acknowledged before the question, at most what was made by the answer. */
async function expectLedgers(
  client: HubClient,
  agents: readonly LedgerAgent[],
  startedAt: number,
  where: string,
): Promise<void> {
  for (const agent of agents) {
    const before = agent.acknowledged.reduce((count, [first, last]) => count + last - first + 1, 0);
    const { count } = await tally(client, agent, startedAt);
    expect(count, where).toBeGreaterThanOrEqual(before);
    expect(count, where).toBeLessThanOrEqual(agent.lastSeq);
  }
}
