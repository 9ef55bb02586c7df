import { X509Certificate, createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { isMusterError } from "@muster/core";
import { generateKeys, toBase64url } from "@muster/node-kit";
import type { AgentFrame, HubFrame } from "@muster/protocol";
import { runProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { loadKey } from "../src/identity/identity.ts";
import { joinHub } from "../src/join.ts";
import { runAgent } from "../src/run-agent.ts";
import type { RunningAgent } from "../src/run-agent.ts";
import { AGENT_PROGRAM, countingKind, emptyHost, silentLogger, testConfig } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";
import type { TlsFiles } from "./scripted-hub.ts";

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "nothing was wrong",
    (error: unknown) => (isMusterError(error) ? error.code : String(error)),
  );

const join = (hub: ScriptedHub, directory: TemporaryDirectory, token = hub.mintToken()) =>
  joinHub({ hub: hub.url, token, name: "web-1", stateDirectory: directory.file("state"), again: true });

async function running(directory: TemporaryDirectory): Promise<RunningAgent & AsyncDisposable> {
  const agent = await runAgent(testConfig(directory.file("state"), { intervalMs: 500 }), {
    log: silentLogger,
    host: emptyHost,
    kinds: [countingKind()],
    random: () => 0,
  });
  return { ...agent, [Symbol.asyncDispose]: () => agent.stop() };
}

const kindsSeen = (hub: ScriptedHub): string[] => hub.received.map((frame) => frame.t);

test("[AG-06] a recorded enrollment on a new connection is refused", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const token = hub.mintToken("", 5);
  await join(hub, directory, token);
  const recorded = hub.received.find((frame) => frame.t === "enroll")!;
  hub.script.intercept = (frame, connection) => {
    if (frame.t !== "enroll") return false;
    // What an attacker sends in place of the agent: the recording of the first connection.
    hub.script.intercept = () => false;
    connection.socket.emit("message", Buffer.from(JSON.stringify(recorded)), false);
    return true;
  };
  expect(await codeOf(join(hub, directory, token))).toBe("JOIN_REFUSED");
  expect(hub.agents.size).toBe(1);
});

test("[AG-07] a public key swapped on the way is refused", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  hub.script.intercept = (frame, connection) => {
    if (frame.t !== "enroll") return false;
    hub.script.intercept = () => false;
    const swapped = { ...frame, agentPub: toBase64url(generateKeys().publicDer) };
    connection.socket.emit("message", Buffer.from(JSON.stringify(swapped)), false);
    return true;
  };
  expect(await codeOf(join(hub, directory))).toBe("JOIN_REFUSED");
  expect(hub.agents.size).toBe(0);
});

test("[AG-07] a hub key swapped on the way is refused by the agent, which has sent only its nonce", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const rogue = generateKeys();
  hub.script.tamper = (frame) => {
    if (frame.t !== "hello") return frame;
    const body = JSON.parse(frame.body) as { hubCert: string };
    const cert = { ...(JSON.parse(body.hubCert) as object), hubPub: toBase64url(rogue.publicDer) };
    return { ...frame, body: JSON.stringify({ ...body, hubCert: JSON.stringify(cert) }) };
  };
  expect(await codeOf(join(hub, directory))).toBe("HUB_NOT_TRUSTED");
  expect(kindsSeen(hub)).toEqual(["begin"]);
});

async function tlsFiles(directory: TemporaryDirectory, name: string): Promise<TlsFiles> {
  const [key, cert] = [directory.file(`${name}.key`), directory.file(`${name}.crt`)];
  const made = await runProgram(
    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"].concat([
      "-keyout",
      key,
      "-out",
      cert,
      "-subj",
      `/CN=${name}`,
    ]),
  );
  expect(made.exitCode).toBe(0);
  const certText = readFileSync(cert, "utf8");
  const spki = new X509Certificate(certText).publicKey.export({ type: "spki", format: "der" });
  return { key: readFileSync(key, "utf8"), cert: certText, pin: createHash("sha256").update(spki).digest("hex") };
}

test("[AG-08] over TLS a self-made certificate serves when the hub vouches for its key", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start(await tlsFiles(directory, "hub"));
  expect((await join(hub, directory)).state).toBe("active");
  await using agent = await running(directory);
  await waitFor(() => hub.stored.size >= 2, { describe: () => `samples over TLS, state ${agent.state()}` });
});

test("[AG-08] a greeting passed on through somebody else's TLS is refused, and only the nonce was sent", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start(await tlsFiles(directory, "middle"));
  hub.tlsPins = ["0".repeat(64)];
  expect(await codeOf(join(hub, directory))).toBe("HUB_NOT_TRUSTED");
  expect(kindsSeen(hub)).toEqual(["begin"]);
});

test("[AG-08] a rogue hub with another root, and a replayed greeting, get only a nonce from a joined agent", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  await join(hub, directory);
  let recorded: HubFrame | undefined;
  hub.script.tamper = (frame) => {
    if (frame.t === "hello") recorded ??= frame;
    return frame;
  };
  {
    await using agent = await running(directory);
    await waitFor(() => agent.state() === "ready", { describe: "a connection with the honest hub" });
  }
  // What the agent sent before it closed is still on its way; it belongs to the honest hub.
  const { socket } = hub.connection;
  await waitFor(() => socket.readyState === socket.CLOSED, { describe: "the honest hub has heard all" });
  for (const attack of ["another root", "replay"] as const) {
    hub.received.length = 0;
    if (attack === "replay") hub.script.tamper = (frame) => (frame.t === "hello" ? recorded! : frame);
    else [hub.root, hub.hub] = [generateKeys(), generateKeys()];
    if (attack === "another root") hub.script.tamper = (frame) => frame;
    await using agent = await running(directory);
    await waitFor(() => hub.received.length >= 2, { describe: "two attempts" });
    expect(agent.state()).not.toBe("ready");
    expect(new Set(kindsSeen(hub)), attack).toEqual(new Set(["begin"]));
    for (const frame of hub.received) expect(Object.keys(frame).toSorted()).toEqual(["agentNonce", "t", "versions"]);
  }
});

test("[AG-08] what an unproven hub says on closing does not send the agent away for good", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  await join(hub, directory);
  hub.script.intercept = (frame, connection) => {
    if (frame.t !== "begin") return false;
    hub.refuse(connection, 4403);
    return true;
  };
  hub.received.length = 0;
  await using agent = await running(directory);
  await waitFor(() => hub.received.length >= 2, { describe: "a second attempt" });
  hub.script.intercept = () => false;
  await waitFor(() => agent.state() === "ready", { describe: "a connection once the hub is there" });
});

test("a hub that has proved itself and revokes ends the agent for good", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  await join(hub, directory);
  await using agent = await running(directory);
  await waitFor(() => agent.state() === "ready", { describe: "a connection" });
  hub.connection.socket.close(4403);
  expect(await agent.ended).toBe("revoked");
  expect(agent.state()).toBe("ended");
});

test("[AG-09] a recorded proof is refused on a new connection, and nothing signs a constant", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  await join(hub, directory);
  const proofs: Extract<AgentFrame, { t: "auth" }>[] = [];
  hub.script.intercept = (frame) => {
    if (frame.t === "auth") proofs.push(frame);
    return false;
  };
  await using agent = await running(directory);
  for (const count of [1, 2, 3]) {
    await waitFor(() => proofs.length >= count && agent.state() === "ready", { describe: `proof ${count}` });
    hub.drop();
    await waitFor(() => agent.state() !== "ready", { describe: "the loss of the connection" });
  }
  expect(new Set(proofs.map((proof) => proof.sig)).size).toBe(proofs.length);

  const replayed = proofs[0]!;
  let refused = false;
  hub.script.intercept = (frame, connection) => {
    if (frame.t !== "auth") return false;
    hub.script.intercept = () => false;
    const refuse = hub.refuse.bind(hub);
    hub.refuse = (...args) => {
      refused = true;
      refuse(...args);
    };
    connection.socket.emit("message", Buffer.from(JSON.stringify(replayed)), false);
    return true;
  };
  await waitFor(() => refused, { describe: "the refusal of the recorded proof" });
});

test("[AG-15] the key is made 0600 and a wider, linked or foreign one is refused", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const old = process.umask(0);
  try {
    await join(hub, directory);
  } finally {
    process.umask(old);
  }
  const state = directory.file("state");
  const key = directory.file("state", "agent.key");
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect(statSync(directory.file("state", "identity.json")).mode & 0o777).toBe(0o600);
  expect(statSync(state).mode & 0o777).toBe(0o700);
  expect(() => loadKey(state)).not.toThrow();
  for (const mode of [0o640, 0o604, 0o660, 0o700 | 0o044]) {
    chmodSync(key, mode);
    expect(await codeOf(runAgent(testConfig(state), { log: silentLogger }))).toBe("IDENTITY_UNSAFE");
  }
  chmodSync(key, 0o600);
  renameSync(key, `${key}.real`);
  symlinkSync(`${key}.real`, key);
  expect(await codeOf(runAgent(testConfig(state), { log: silentLogger }))).toBe("IDENTITY_UNSAFE");
});

test("[AG-15] a state directory that others can read is refused before anything is written", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  mkdirSync(directory.file("state"), { mode: 0o755 });
  chmodSync(directory.file("state"), 0o755);
  expect(await codeOf(join(hub, directory))).toBe("IDENTITY_UNSAFE");
  expect(existsSync(directory.file("state", "agent.key"))).toBe(false);
  expect(hub.connections).toHaveLength(0);
});

test("[AG-15] a token lies in no argument list; one in a file that others can read is not taken", async () => {
  await using directory = await temporaryDirectory("agent");
  writeFileSync(directory.file("token"), "mst1.0123456789.x.y", { mode: 0o644 });
  const ended = await runProgram([
    process.execPath,
    AGENT_PROGRAM,
    "join",
    "ws://127.0.0.1:9",
    "--token-file",
    directory.file("token"),
    "--state",
    directory.file("state"),
  ]);
  expect(ended.exitCode).not.toBe(0);
  expect(ended.stderr).toContain("make it 600");
});

test("[WS-03] a message above 1 MiB ends the connection with 1009, and the agent comes back", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  await join(hub, directory);
  await using agent = await running(directory);
  await waitFor(() => agent.state() === "ready", { describe: "a connection" });
  const closed = new Promise<number>((resolve) => hub.connection.socket.once("close", resolve));
  hub.connection.socket.send("x".repeat(1024 * 1024 + 1));
  expect(await closed).toBe(1009);
  await waitFor(() => hub.connections.length > 2 && agent.state() === "ready", { describe: "a new connection" });
});

test("plain WebSocket off loopback, and addresses with a password, are refused before any name is looked up", async () => {
  await using directory = await temporaryDirectory("agent");
  const token = "mst1.0123456789.aaaaaaaaaaaaaaaaaaaaaaaaaaa.00000000000000000000000000000000";
  for (const hub of ["ws://hub.example", "http://10.0.0.1:8080", "wss://u:p@hub.example", "ftp://hub", "wss://h/?x"]) {
    expect(await codeOf(joinHub({ hub, token, name: "a", stateDirectory: directory.file("state") })), hub).toBe(
      "CONFIG_INVALID",
    );
  }
});
