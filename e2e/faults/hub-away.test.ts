import { wait } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { freePort, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Program } from "@muster/testkit";
import { beforeAll, expect, test } from "vitest";
import { joinAndStartAgent, startAgent } from "../support/agent-program.ts";
import { keepEvidence } from "../support/evidence.ts";
import type { HubClient } from "../support/hub-client.ts";
import { signedInClient, startHubProgram } from "../support/hub-program.ts";
import { buildPrograms } from "../support/programs.ts";

/** How long the hub is away; the long run, before a release, is `FAULT_AWAY_S=600`. */
const AWAY_MS = 1_000 * Number(process.env["FAULT_AWAY_S"] ?? 30);
const BACK_FILLED_WITHIN_MS = 60_000;
const METRIC = "load1";
const INTERVAL_MS = 1_000;

/** Lets real time pass: these tests are about what happens meanwhile. */
const time = (durationMs: number): Promise<void> => wait(systemClock, durationMs, new AbortController().signal);

const evidence = keepEvidence();
beforeAll(buildPrograms);

test(
  `R1 the hub away for ${AWAY_MS / 1_000} s: the gap is filled within a minute of its return; an agent killed meanwhile loses at most one reading`,
  { timeout: AWAY_MS + 150_000 },
  async () => {
    await using directory = await temporaryDirectory("hub-away");
    const listen = `127.0.0.1:${await freePort()}`;
    const start = async () => {
      const hub = await startHubProgram({ directory: directory.path, listen, env: { MUSTER_INTERVAL_MS: "1000" } });
      evidence.add("hub.log", () => hub.program.output);
      return hub;
    };
    const agents: Program[] = [];
    let hub = await start();
    try {
      const client = await signedInClient({ publicUrl: hub.address });
      // Also what an agent begins with before it has heard its hub.
      const place = (name: string) => ({ state: directory.file(name), env: { MUSTER_AGENT_INTERVAL_MS: "1000" } });
      for (const name of ["steady", "killed"]) {
        const { token } = await client.call("POST /api/v1/join-tokens", { body: { name } });
        const agent = await joinAndStartAgent(hub.address, token, name, place(name));
        agents.push(agent);
        evidence.add(`${name}.log`, () => agent.output);
      }
      const steady = await client.serverWhen("steady", "is online", (server) => server.summary.load1 !== null);
      const killed = await client.serverWhen("killed", "is online", (server) => server.summary.load1 !== null);
      const from = Date.now();
      await time(3_000);
      hub.program.signal("SIGKILL");
      await hub.program.exited;
      const awayAt = Date.now();

      await time(AWAY_MS / 2);
      // What was read before the kill lies on its disk; the one of this moment may not.
      const victim = agents[1]!;
      victim.signal("SIGKILL");
      await victim.exited;
      const killedAt = Date.now();
      agents[1] = await startAgent(place("killed"));
      const again = agents[1];
      evidence.add("killed-again.log", () => again.output);
      await again.says(/the agent runs/);
      const runsAgainAt = Date.now();
      await time(AWAY_MS / 2);

      hub = await start();
      const backAt = Date.now();
      // A busy machine skips a round now and then, which is no loss: what is lost is lost in stretches.
      const gaps = async (serverId: string): Promise<readonly number[]> => {
        const empty = await emptySeconds(client, serverId, from, backAt);
        const outside = empty.filter((at) => at < killedAt - INTERVAL_MS || at > runsAgainAt + 2 * INTERVAL_MS);
        return outside.filter((at) => outside.includes(at + 1_000) && outside.includes(at + 2_000));
      };
      await waitFor(async () => [...(await gaps(steady.id)), ...(await gaps(killed.id))].length === 0, {
        timeoutMs: BACK_FILLED_WITHIN_MS,
        intervalMs: 500,
        describe: async () =>
          `both gaps are filled; from ${from} on, killed ${killedAt}, again ${runsAgainAt}, back ${backAt}, empty are ${String(await gaps(steady.id))} and ${String(await gaps(killed.id))}`,
      });
      const tookMs = Date.now() - backAt;

      // Doubled ones would show as more readings than seconds.
      const steadyCount = await count(client, steady.id, from, backAt);
      expect(steadyCount).toBeGreaterThanOrEqual(Math.floor((0.97 * (backAt - from)) / INTERVAL_MS) - 1);
      expect(steadyCount).toBeLessThanOrEqual(Math.ceil((backAt - from) / INTERVAL_MS) + 1);
      const killedCount = await count(client, killed.id, from, killedAt);
      expect(killedCount).toBeGreaterThanOrEqual(Math.floor((0.97 * (killedAt - from)) / INTERVAL_MS) - 2);
      expect(killedCount).toBeLessThanOrEqual(Math.ceil((killedAt - from) / INTERVAL_MS) + 1);
      expect((await client.server("steady")).droppedSamples).toBe(0);
      console.info(
        `away ${backAt - awayAt} ms, filled ${tookMs} ms after the return; ${steadyCount} readings of ${Math.round((backAt - from) / INTERVAL_MS)} s`,
      );
    } finally {
      for (const agent of agents) await agent[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    }
  },
);

/** The beginnings of the seconds in which a server has no reading. */
async function emptySeconds(client: HubClient, server: string, from: number, to: number): Promise<readonly number[]> {
  const query = { server, metric: METRIC, from, to, step: 1_000, function: "count" } as const;
  const { series } = await client.call("GET /api/v1/metrics/query", { query });
  const values = series[0]?.values ?? [];
  return Array.from({ length: Math.floor((to - from) / 1_000) }, (_, index) => index).flatMap((index) =>
    (values[index] ?? 0) > 0 ? [] : [from + index * 1_000],
  );
}

async function count(client: HubClient, server: string, from: number, to: number): Promise<number> {
  const query = { server, metric: METRIC, from, to, step: Math.max(1_000, to - from), function: "count" } as const;
  const { series } = await client.call("GET /api/v1/metrics/query", { query });
  return series.flatMap(({ values }) => values).reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
