import { readFileSync } from "node:fs";
import { needs, startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepEvidence } from "./support/evidence.ts";
import { HubClient } from "./support/hub-client.ts";
import { ADMIN, startHubProgram } from "./support/hub-program.ts";
import type { HubProgram } from "./support/hub-program.ts";
import { addBySsh } from "./support/lab-panel.ts";
import { buildPrograms } from "./support/programs.ts";

const describeSsh = await needs("root", "sshd");
const evidence = keepEvidence();

const SERVERS = 30;
const WATCHED_S = 10;

describeSsh("many servers without an agent", () => {
  const cleanup = new AsyncDisposableStack();
  let hub: HubProgram;
  let client: HubClient;

  beforeAll(async () => {
    await buildPrograms();
    const directory = cleanup.use(await temporaryDirectory("ssh-fleet"));
    const sshd = cleanup.use(await startSshd({ config: ["MaxStartups 200"] }));
    hub = await startHubProgram({ directory: directory.path, env: { MUSTER_INTERVAL_MS: "1000" } });
    cleanup.use(hub);
    evidence.add("hub.log", () => Promise.resolve(hub.program.output));
    client = new HubClient({ publicUrl: hub.address });
    await client.signIn(ADMIN.name, ADMIN.password);
    const { id: keyId } = await client.call("POST /api/v1/ssh-keys", {
      body: { name: "fleet", privateKey: sshd.privateKey },
    });
    for (let number = 1; number <= SERVERS; number++)
      await addBySsh(client, `server-${number}`, { host: "127.0.0.1", port: sshd.port, user: "root", keyId });
  }, 180_000);
  afterAll(() => cleanup.disposeAsync());

  test(`${SERVERS} of them are read every second, none is left out, and none is late`, async () => {
    const servers = async () => (await client.call("GET /api/v1/servers")).items;
    await waitFor(async () => (await servers()).every(({ presence }) => presence.is === "online"), {
      timeoutMs: 60_000,
      intervalMs: 500,
      describe: async () =>
        `all are online; ${(await servers()).filter(({ presence }) => presence.is !== "online").length} are not`,
    });
    const cpuSeconds = (): number => {
      const fields = readFileSync(`/proc/${hub.program.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
      return (Number(fields[11]) + Number(fields[12])) / 100;
    };
    const from = Date.now();
    const cpuBefore = cpuSeconds();
    await waitFor(() => Date.now() - from >= WATCHED_S * 1_000, {
      timeoutMs: 2 * WATCHED_S * 1_000,
      intervalMs: 200,
      describe: "the time passes",
    });
    const to = Date.now();
    console.log(
      `hub: ${((cpuSeconds() - cpuBefore) / ((to - from) / 1_000)).toFixed(3)} of a core for ${SERVERS} servers at 1 s`,
    );
    for (const { id, name } of await servers()) {
      const { text } = await client.send(
        "GET",
        `/api/v1/metrics/export?server=${id}&metric=cpu_busy_ratio&from=${from}&to=${to}&format=ndjson`,
      );
      const times = text
        .split("\n")
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { timeMs: number }).timeMs);
      // A turn of a loaded machine may come late; none may be missing for long.
      expect(times.length, name).toBeGreaterThanOrEqual(WATCHED_S - 3);
      const gaps = times.slice(1).map((at, index) => at - times[index]!);
      expect(Math.max(...gaps), name).toBeLessThan(4_000);
    }
  });
});
