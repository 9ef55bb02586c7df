import { wait } from "@muster/core";
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@muster/node-kit";
import type { ActionView, OutcomeView } from "@muster/protocol";
import {
  CountingDriver,
  freePort,
  seededRandom,
  startFaultProxy,
  startProgram,
  temporaryDirectory,
} from "@muster/testkit";
import type { Program } from "@muster/testkit";
import { beforeAll, expect, onTestFailed, test } from "vitest";
import { joinAgent } from "../support/agent-program.ts";
import { keepEvidence } from "../support/evidence.ts";
import { ADMIN, signedInClient, startHubProgram } from "../support/hub-program.ts";
import type { HubProgram } from "../support/hub-program.ts";
import { buildPrograms } from "../support/programs.ts";

const KILLS = Number(process.env["FAULT_KILLS"] ?? 10);
const ACTIONS_MAX = 60;
const AT_ONCE = 4;

const evidence = keepEvidence();
beforeAll(buildPrograms);

const pause = (durationMs: number): Promise<void> => wait(systemClock, durationMs, new AbortController().signal);

/** A browser that is signed in and, unlike the usual client, sends an Idempotency-Key. */
async function signIn(address: string) {
  const login = await fetch(`${address}/api/v1/login`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: address },
    body: JSON.stringify(ADMIN),
  });
  const cookie = login.headers.getSetCookie()[0]!.split(";")[0]!;
  const { csrfToken } = (await login.json()) as { csrfToken: string };
  const headers = { "content-type": "application/json", origin: address, cookie, "x-muster-csrf": csrfToken };
  return {
    async restart(serverId: string, name: string): Promise<OutcomeView | undefined> {
      const response = await fetch(`${address}/api/v1/servers/${serverId}/actions`, {
        method: "POST",
        headers: { ...headers, "idempotency-key": `restart-${name}` },
        body: JSON.stringify({ action: "service.restart", args: { driver: "systemd", name } }),
      });
      return response.status === 200 ? ((await response.json()) as OutcomeView) : undefined;
    },
    async actions(): Promise<readonly ActionView[]> {
      const response = await fetch(`${address}/api/v1/actions?limit=1000`, { headers: { cookie } });
      return ((await response.json()) as { items: ActionView[] }).items;
    },
  };
}

test(
  `[R10] ${KILLS} times hub, agent or line is killed in the middle of restarts: each has one effect at most, and each outcome is what happened`,
  { timeout: 170_000 + KILLS * 3_000 },
  async () => {
    const seed = Number(process.env["FAULT_SEED"] ?? randomInt(1_000_000));
    onTestFailed(() => console.error(`replay with FAULT_SEED=${seed}`));
    const random = seededRandom(seed);
    await using directory = await temporaryDirectory("action-kill");
    mkdirSync(directory.file("hub"), { mode: 0o700 });
    const port = await freePort();
    const names = Array.from({ length: ACTIONS_MAX }, (_, index) => `unit-${index}.service`);
    const policy = directory.file("policy.yaml");
    writeFileSync(
      policy,
      `version: 1\nallow:\n  - {action: service.restart, driver: systemd, names: [${names.join(", ")}]}\n`,
      { mode: 0o644 },
    );
    const file = directory.file("effects");
    const startHub = async (): Promise<HubProgram> => {
      const started = await startHubProgram({ directory: directory.file("hub"), listen: `127.0.0.1:${port}` });
      evidence.add("hub.log", () => started.program.output);
      return started;
    };
    let hub = await startHub();
    await using line = await startFaultProxy({ host: "127.0.0.1", port });
    const client = await signedInClient({ publicUrl: hub.address });
    const { token } = await client.call("POST /api/v1/join-tokens", { body: { name: "counted" } });
    const state = directory.file("agent");
    const joined = await joinAgent(`http://127.0.0.1:${line.port}`, token, "counted", { state });
    expect(joined.stderr + joined.stdout).toContain("counted");
    const startAgent = async (): Promise<Program> => {
      const started = await startProgram([process.execPath, join(import.meta.dirname, "counting-agent.ts")], {
        env: { MUSTER_AGENT_STATE: state, MUSTER_AGENT_POLICY: policy, COUNTING_FILE: file, COUNTING_DELAY_MS: "15" },
      });
      evidence.add("agent.log", () => started.output);
      await started.says(/counting agent runs/, 20_000);
      return started;
    };
    let agent = await startAgent();
    try {
      const browser = await signIn(hub.address);
      const serverId = (await client.call("GET /api/v1/servers", {})).items[0]!.id;
      const outcomes = new Map<string, OutcomeView>();
      let isKilling = true;
      let next = 0;
      const ask = async (): Promise<void> => {
        while (isKilling && next < names.length) {
          const name = names[next++]!;
          // Whoever gets no answer asks again, by the same key.
          for (;;) {
            const outcome = await browser.restart(serverId, name).catch(() => undefined);
            if (outcome !== undefined) {
              outcomes.set(name, outcome);
              break;
            }
            await pause(700);
          }
        }
      };
      const asking = Promise.all(Array.from({ length: AT_ONCE }, ask));
      for (let kill = 0; kill < KILLS; kill++) {
        // Back in work first, then at any moment of it.
        const before = outcomes.size;
        for (let tries = 0; tries < 40 && outcomes.size < before + 2; tries++) await pause(100);
        await pause(random() * 60);
        const choice = random();
        if (choice < 0.4) {
          hub.program.signal("SIGKILL");
          await hub.program.exited;
          hub = await startHub();
        } else if (choice < 0.75) {
          agent.signal("SIGKILL");
          await agent.exited;
          agent = await startAgent();
        } else line.setFault({ is: "cut-after", bytes: Math.floor(random() * 4_000) });
        if (choice >= 0.75) await pause(100);
        line.setFault({ is: "none" });
      }
      isKilling = false;
      await asking;
      // What was answered before its end ends, too.
      for (let tries = 0; tries < 300; tries++) {
        if ((await browser.actions()).every(({ state: each }) => each === "ended")) break;
        await pause(200);
      }
      const views = await browser.actions();
      const counts = await new CountingDriver({ name: "systemd", file, delayMs: 0 }).counts();
      const story = JSON.stringify({ seed, views, counts: [...counts] });
      expect(views.length, story).toBeGreaterThan(KILLS / 2);
      expect(new Set(views.map(({ args }) => args["name"])).size, story).toBe(views.length);
      for (const { args, outcome } of views) {
        const count = counts.get(String(args["name"])) ?? 0;
        expect(count, story).toBeLessThanOrEqual(1);
        expect(outcome, story).toBeOneOf(["succeeded", "failed", "refused"]);
        expect(outcome === "succeeded", story).toBe(count === 1);
      }
      for (const [name, { outcome }] of outcomes) if (outcome === "succeeded") expect(counts.get(name), story).toBe(1);
      const tally = Object.groupBy(views, ({ outcome }) => outcome ?? "none");
      console.info(
        `${KILLS} kills, ${views.length} actions: ${Object.entries(tally)
          .map(([outcome, of]) => `${of?.length} ${outcome}`)
          .join(
            ", ",
          )}; no effect twice, longest ${Math.max(...views.map((view) => view.endedAt! - view.askedAt))} ms (seed ${seed})`,
      );
    } finally {
      await agent[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    }
  },
);
