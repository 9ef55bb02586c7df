import { mkdirSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { needs, waitFor } from "@muster/testkit";
import { beforeAll, expect, test } from "vitest";
import { keepEvidence } from "./support/evidence.ts";
import { startPanel } from "./support/panel.ts";
import { buildPrograms } from "./support/programs.ts";

// The policy file must belong to root.
const describeRoot = await needs("root");
const evidence = keepEvidence();
beforeAll(buildPrograms, 180_000);

async function listening(server: Server): Promise<{ readonly port: number } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describeRoot("probes by way of an agent", () => {
  test("[PR75] [PR76] [SR-09] what the server's policy opens is reached from there, and nothing else", async () => {
    await using site = await listening(
      createHttpServer((request, response) => {
        // Larger than a piece, both ways.
        request.resume().on("end", () => response.end("x".repeat(200_000) + "the end"));
      }),
    );
    const heard: string[] = [];
    await using line = await listening(
      createServer((socket) =>
        socket.on("error", () => undefined).on("data", (data) => heard.push(String(data)) && socket.end("+PONG\r\n")),
      ),
    );
    await using panel = await startPanel(evidence);
    const { client, directory } = panel;
    mkdirSync(directory.file("etc"), { mode: 0o755 });
    const policy = directory.file("etc", "policy.yaml");
    const open = (...targets: string[]): void =>
      writeFileSync(policy, `version: 1\nprobe: {tunnel: [${targets.map((target) => `"${target}"`).join(", ")}]}\n`, {
        mode: 0o644,
      });
    open(`127.0.0.1:${site.port}`);
    await panel.addAgent("inside", { env: { MUSTER_AGENT_POLICY: policy } });
    const { id: via } = await client.serverWhen("inside", "is online", ({ presence }) => presence.is === "online");
    const tried = (body: { kind: "http" | "tcp"; settings: Record<string, string | number> }) =>
      client.call("POST /api/v1/probe-trials", { body: { ...body, via } });
    const http = {
      kind: "http",
      settings: { url: `http://127.0.0.1:${site.port}/`, method: "POST", body: "y".repeat(16_000), text: "the end" },
    } as const;
    const tcp = {
      kind: "tcp",
      settings: { host: "127.0.0.1", port: line.port, send: "PING\r\n", text: "PONG" },
    } as const;

    expect(await tried(http)).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^200 in/) as string });
    // Not listed: nothing of the target is said, and the line to add is.
    const refused = await tried(tcp);
    expect(refused.health).toBe("unknown");
    expect(refused.detail).toContain(`add "127.0.0.1:${line.port}" under probe: tunnel:`);
    // Another name of the same address is another target.
    const named = { ...http, settings: { ...http.settings, url: `http://localhost:${site.port}/` } };
    expect((await tried(named)).health).toBe("unknown");
    expect(heard).toEqual([]);

    open(`127.0.0.1:${site.port}`, `127.0.0.1:${line.port}`, "127.0.0.1:9");
    expect(await tried(tcp)).toMatchObject({ health: "healthy" });
    expect(heard).toEqual(["PING\r\n"]);
    const closed = { kind: "tcp", settings: { host: "127.0.0.1", port: 9 } } as const;
    expect(await tried(closed)).toMatchObject({ health: "unhealthy", detail: "nothing listens there" });
    for (let count = 0; count < 40; count++) expect((await tried(http)).health).toBe("healthy");
  }, 120_000);

  test("[PB6] an agent that is away says nothing of the target", async () => {
    await using site = await listening(createHttpServer((_request, response) => void response.end("well")));
    await using panel = await startPanel(evidence);
    const { client, directory } = panel;
    mkdirSync(directory.file("etc"), { mode: 0o755 });
    const policy = directory.file("etc", "policy.yaml");
    writeFileSync(policy, `version: 1\nprobe: {tunnel: ["127.0.0.1:${site.port}"]}\n`, { mode: 0o644 });
    const agent = await panel.addAgent("inside", { env: { MUSTER_AGENT_POLICY: policy } });
    const { id: via } = await client.serverWhen("inside", "is online", ({ presence }) => presence.is === "online");
    const { probe } = await client.call("POST /api/v1/probes", {
      body: {
        name: "site",
        kind: "http",
        settings: { url: `http://127.0.0.1:${site.port}/` },
        via,
        intervalMs: 5_000,
        fall: 1,
      },
    });
    const health = async () =>
      (await client.call("GET /api/v1/probes/{id}", { params: { id: probe.id } })).probe.health;
    await waitFor(async () => (await health()) === "healthy", { timeoutMs: 15_000, describe: "it is healthy" });
    await agent.stop();
    await waitFor(async () => (await health()) === "unknown", { timeoutMs: 30_000, describe: "it is unknown" });
  }, 90_000);
});
