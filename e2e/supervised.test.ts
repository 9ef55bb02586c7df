import { mkdirSync, writeFileSync } from "node:fs";
import type { Server } from "@muster/protocol";
import { freePort, needs, temporaryDirectory, waitFor } from "@muster/testkit";
import { beforeAll, expect, test } from "vitest";
import { joinAndStartAgent } from "./support/agent-program.ts";
import { HubClient } from "./support/hub-client.ts";
import { ADMIN, startHubProgram } from "./support/hub-program.ts";
import { buildPrograms } from "./support/programs.ts";

// The policy file must belong to root.
const describeRoot = await needs("root");
beforeAll(buildPrograms, 180_000);

const POLICY = `version: 1
allow:
  - {action: service.define, driver: process, names: [worker], programs: [/bin/sleep], users: [root]}
  - {action: service.undefine, driver: process, names: [worker]}
  - {action: service.start, driver: process, names: [worker]}
`;

describeRoot("what a hub lets a server run", () => {
  test("[SW19] [SV27] it waits for its secret without a restart used, and is listed no more when it was removed", async () => {
    await using cleanup = new AsyncDisposableStack();
    const directory = cleanup.use(await temporaryDirectory("supervised"));
    mkdirSync(directory.file("etc"), { mode: 0o755 });
    const policy = directory.file("etc", "policy.yaml");
    writeFileSync(policy, POLICY, { mode: 0o644 });
    const listen = `127.0.0.1:${await freePort()}`;
    const hub = await startHubProgram({ directory: directory.path, listen });
    cleanup.defer(() => hub.program.stop().then(() => undefined));
    const client = new HubClient({ publicUrl: `http://${listen}` });
    await client.signIn(ADMIN.name, ADMIN.password);
    const { token } = await client.call("POST /api/v1/join-tokens", { body: { name: "web" } });
    const place = { state: directory.file("agent"), env: { MUSTER_AGENT_POLICY: policy } };
    const agent = await joinAndStartAgent(`http://${listen}`, token, "web", place);
    cleanup.defer(() => agent.stop().then(() => undefined));
    const { id } = await client.serverWhen("web", "is online", (one: Server) => one.presence.is === "online");
    const params = { id, driver: "process", name: "worker" } as const;
    const definition = {
      ...{ command: ["/bin/sleep", "1000"], user: "root", secrets: ["TOKEN"], autostart: true },
      restart: { when: "always", delay: "10ms" },
    };
    const define = (secrets?: Record<string, string>) =>
      client.call("PUT /api/v1/servers/{id}/definitions/{driver}/{name}", {
        params,
        body: { definition, ...(secrets && { secrets }) },
      });
    const worker = async () => {
      const { items } = await client.call("GET /api/v1/services", { query: { server: id } });
      return items.find(({ name }) => name === "worker");
    };
    expect(await define()).toMatchObject({ outcome: "succeeded" });
    // The agent may still be at its first look at everything else.
    await waitFor(async () => (await worker()) !== undefined, { describe: "it is listed" });
    expect(await worker()).toMatchObject({
      state: "failed",
      rawState: expect.stringContaining("no value is stored for the secret TOKEN") as string,
      restarts: 0,
    });
    await define({ TOKEN: "hush" });
    await waitFor(async () => (await worker())?.state === "running", { describe: "it runs" });
    expect((await worker())?.restarts).toBe(0);
    const removed = await client.call("DELETE /api/v1/servers/{id}/definitions/{driver}/{name}", { params });
    expect(removed).toMatchObject({ outcome: "succeeded" });
    expect(await worker()).toBeUndefined();
  }, 60_000);
});
