import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { runAgent, readAgentConfig } from "@muster/agent";
import { silentLogger } from "@muster/core";
import type { LinkState } from "@muster/core";
import type { resources } from "@muster/protocol";
import { freePort, runProgram, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import type { Program, TemporaryDirectory } from "@muster/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { memoryTerminal } from "./memory-terminal.ts";
import { MAIN, RealHub } from "./real-hub.ts";
import { TEST_CERTIFICATE, TEST_KEY } from "./test-certificate.ts";

/** A real hub, and agents that it dials. */
class World extends RealHub {
  static override async open(): Promise<World> {
    const world = new World(await temporaryDirectory("dialled"));
    await world.begin();
    return world;
  }

  /** Adds a server whose agent is dialled; the join token. */
  async add(name: string, dial: string): Promise<string> {
    return (await this.json<{ token: string }>("servers", "add", name, "--agent-dial", dial)).token;
  }

  server(name: string): Promise<resources.Server> {
    return this.json<resources.Server>("servers", "show", name);
  }

  serverWhen(name: string, what: string, test: (server: resources.Server) => boolean): Promise<resources.Server> {
    let last: resources.Server | undefined;
    return waitFor(
      async () => {
        last = await this.server(name);
        return test(last) ? last : undefined;
      },
      { timeoutMs: 20_000, intervalMs: 50, describe: () => `${name} ${what}; it is ${JSON.stringify(last)}` },
    );
  }

  linkIs(name: string, is: LinkState, detail = ""): Promise<resources.Server> {
    return this.serverWhen(
      name,
      `is ${is} (${detail})`,
      ({ linkState }) => linkState?.is === is && linkState.detail.includes(detail),
    );
  }

  /** A reading that was made after `at`. */
  readsAfter(name: string, at: number): Promise<resources.Server> {
    return this.serverWhen(name, "reads anew", ({ summary }) => summary.at !== null && summary.at > at);
  }

  /** A real agent as a process of its own that waits to be dialled. */
  agent(name: string, port: number, token = "", ...more: string[]): Promise<Program> {
    const state = this.directory.file(`state-${name}`);
    const argv = ["serve", "--name", name, "--listen", `127.0.0.1:${port}`, "--state", state, ...more];
    return startProgram([process.execPath, MAIN, "agent", ...argv, "--interval-ms", "1000"], {
      stdin: token,
      env: { MUSTER_LOG_LEVEL: "debug" },
    });
  }
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

async function certificateOf(directory: TemporaryDirectory, name: string): Promise<Certificate> {
  const [key, cert] = [directory.file(`${name}.key`), directory.file(`${name}.crt`)];
  const made = await runProgram(
    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"].concat([
      ...["-keyout", key, "-out", cert, "-subj", `/CN=${name}`],
    ]),
  );
  expect(made.exitCode, made.stderr).toBe(0);
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

/** Somebody between hub and an agent that listens by TLS, who ends it: he reads all, and passes all on. */
async function startMiddle(
  agentPort: number,
  own: Certificate | undefined,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const open = new Set<Socket>();
  const pass = (caller: Socket): void => {
    const onward = connectTls({ host: "127.0.0.1", port: agentPort, rejectUnauthorized: false });
    for (const [one, other] of [
      [caller, onward],
      [onward, caller],
    ] as const) {
      open.add(one);
      one.on("error", () => undefined);
      one.on("close", () => (open.delete(one), other.destroy()));
      one.pipe(other);
    }
  };
  const server = own === undefined ? createServer(pass) : createTlsServer(own, pass);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world[Symbol.asyncDispose]());

test("an agent that cannot dial out is added, dialled, joins, and reports; hub and agent start anew and find each other", async () => {
  const port = await freePort();
  const token = await world.add("inside", `ws://127.0.0.1:${port}`);
  expect(await world.server("inside")).toMatchObject({ state: "pending", link: "agent", presence: { is: "pending" } });
  await world.linkIs("inside", "failing", "nothing listens there");
  expect((await world.say(["servers", "test", "inside"])).output).toMatch(/^failed +connect +nothing listens there/);

  await using first = await world.agent("inside", port, token);
  const joined = await world.linkIs("inside", "ok");
  expect(joined.state).toBe("active");
  expect(joined.fingerprint?.split(" ")).toHaveLength(6);
  expect(first.stdout).toContain(joined.fingerprint);
  const { summary } = await world.readsAfter("inside", 0);
  // AG-15: neither the arguments nor the environment of the process that stays.
  const secret = token.split(".")[2]!;
  for (const file of ["cmdline", "environ"])
    expect(readFileSync(`/proc/${first.pid}/${file}`, "utf8")).not.toContain(secret);

  // The hub goes without a word, and comes back: it dials.
  await world.stopHub("SIGKILL");
  await world.startHub();
  const again = await world.readsAfter("inside", summary.at ?? 0);
  expect(again.id).toBe(joined.id);

  // The agent ends, and comes back without a token: it has joined.
  await first.stop();
  await world.serverWhen("inside", "is not reached", ({ linkState }) => linkState?.is !== "ok");
  await using second = await world.agent("inside", port);
  const back = await world.readsAfter("inside", again.summary.at ?? 0);
  expect([back.id, back.state]).toEqual([joined.id, "active"]);
  expect(second.output).not.toContain("Joined");
  const { items } = await world.json<{ items: resources.Server[] }>("servers", "list");
  expect(items).toHaveLength(1);
});

test("actions run, logs stream and a revoked agent is gone, all over the connection that the hub made", async () => {
  const port = await freePort();
  const token = await world.add("acting", `ws://127.0.0.1:${port}`);
  const { directory } = world;
  mkdirSync(directory.file("etc"), { mode: 0o755 });
  const [policyPath, log] = [directory.file("etc", "policy.yaml"), directory.file("app.log")];
  writeFileSync(log, "2026-01-01T00:00:00Z first\n");
  writeFileSync(
    policyPath,
    `version: 1
allow:
  - {action: exec.run, name: whoami, exec: /usr/bin/id}
  - {action: logs.read, driver: file, files: [${log}]}
`,
    { mode: 0o644 },
  );
  // In this process, so that the policy may belong to whoever runs the tests.
  await using joining = await world.agent("acting", port, token);
  await world.linkIs("acting", "ok");
  await joining.stop();
  const read = readAgentConfig({
    MUSTER_AGENT_STATE: directory.file("state-acting"),
    MUSTER_AGENT_LISTEN: String(port),
    MUSTER_AGENT_POLICY: policyPath,
    MUSTER_AGENT_SERVICES: directory.file("none", "services.yaml"),
  });
  if (!read.ok) throw new Error(read.problems.join());
  const agent = await runAgent(read.config, { log: silentLogger, policyOwnerUid: process.getuid!() });
  try {
    await world.serverWhen(
      "acting",
      "has its policy",
      ({ linkState, policy }) => linkState?.is === "ok" && policy?.state === "file",
    );
    const ran = await world.say(["exec", "acting", "whoami"]);
    expect([ran.code, ran.output], ran.errors).toEqual([0, expect.stringContaining("uid=")]);

    const reading = new AbortController();
    const terminal = memoryTerminal();
    const following = world.say(["logs", "--file", `acting:${log}`, "-f"], { stopSignal: reading.signal, terminal });
    await waitFor(() => terminal.output.includes("first"), { describe: () => terminal.output + terminal.errors });
    appendFileSync(log, "2026-01-01T00:00:01Z second\n");
    await waitFor(() => terminal.output.includes("second"), { describe: () => terminal.output + terminal.errors });
    reading.abort();
    expect((await following).code).toBe(0);

    expect((await world.say(["servers", "revoke", "acting", "--yes"])).code).toBe(0);
    expect(await agent.ended).toBe("revoked");
    await world.linkIs("acting", "waiting", "revoked");
  } finally {
    await agent.stop();
  }
});

test("[PR92] over TLS with a certificate of nobody known it is the agent's own word that makes it good; a key in between is found out", async () => {
  const { directory } = world;
  const [cert, key] = [directory.file("agent.crt"), directory.file("agent.key")];
  writeFileSync(cert, TEST_CERTIFICATE);
  writeFileSync(key, TEST_KEY, { mode: 0o600 });
  const port = await freePort();
  const token = await world.add("sealed", `wss://127.0.0.1:${port}`);
  await using agent = await world.agent("sealed", port, token, "--tls-cert", cert, "--tls-key", key);
  await world.linkIs("sealed", "ok");
  await world.readsAfter("sealed", 0);
  expect((await world.say(["servers", "link", "sealed"])).output).toMatch(/dialled at: +wss:/);

  // Whoever takes the TLS off on the way is no better than one who puts his own on.
  await using stripping = await startMiddle(port, undefined);
  await using middle = await startMiddle(port, await certificateOf(directory, "middle"));
  const { id } = await world.server("sealed");
  const goBy = async (dial: string): Promise<void> => {
    const { status, text } = await world.ask("PUT", `servers/${id}/link`, { link: { kind: "agent", dial } });
    expect(status, text).toBe(200);
  };
  await goBy(`ws://127.0.0.1:${stripping.port}`);
  await world.linkIs("sealed", "failing", "the agent listens by TLS");
  await goBy(`wss://127.0.0.1:${middle.port}`);
  await world.linkIs("sealed", "failing", "not the one that the agent listens with");
  await goBy(`wss://127.0.0.1:${port}`);
  await world.linkIs("sealed", "ok");
  expect(agent.running).toBe(true);
});
