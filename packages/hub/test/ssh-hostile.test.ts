import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { FakeClock, needs, startSshd, waitFor } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import ssh2 from "ssh2";
import type { AuthContext, Connection, ServerChannel } from "ssh2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectSsh } from "../src/links/ssh/connect-ssh.ts";
import type { SshTarget } from "../src/links/ssh/connect-ssh.ts";
import { fingerprintOf } from "../src/links/ssh/host-key.ts";
import { SshFailure } from "../src/links/ssh/ssh-failure.ts";
import { connected, hostOf, never, sshDeps, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");
const hostKey = ssh2.utils.generateKeyPairSync("ed25519");
const parsed = ssh2.utils.parseKey(hostKey.public);
if (parsed instanceof Error) throw parsed;
const known = { type: "ssh-ed25519", fingerprint: fingerprintOf(parsed.getPublicSSH()) };

const targetAt = (port: number): SshTarget => ({
  address: { host: "127.0.0.1", port, user: "root" },
  hostKey: known,
  credential: async () => ({ kind: "password", password: "secret" }),
});

interface Hostile extends AsyncDisposable {
  readonly port: number;
  /** What the hub sent it. */
  readonly received: () => number;
}

/** A TCP server that does as told with whoever connects. */
async function raw(talk: (socket: Socket) => void): Promise<Hostile> {
  const sockets = new Set<Socket>();
  let received = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("data", (chunk) => (received += chunk.length));
    talk(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An SSH server that does as told. */
async function speaking(
  authenticate: (context: AuthContext, client: Connection) => void,
  exec: (channel: ServerChannel, command: string) => void = () => undefined,
): Promise<Hostile> {
  const clients = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    clients.add(client);
    client.on("error", () => undefined);
    client.on("authentication", (context) => authenticate(context, client));
    client.on("session", (accept) => {
      accept().on("exec", (acceptExec, _reject, { command }) => exec(acceptExec(), command));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => 0,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const client of clients) (client as unknown as { _sock: Socket })._sock.destroy();
      await closed;
    },
  };
}

/** Sends as fast as the other side takes it, until that goes. */
function flood(socket: Socket, chunk: Buffer): void {
  const send = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", send);
  send();
}

/** The failure, and how much more memory was held at the worst moment. */
async function failing(attempt: Promise<{ close(): void }>): Promise<{ failure: SshFailure; grownBytes: number }> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  try {
    (await attempt).close();
  } catch (error) {
    if (!(error instanceof SshFailure)) throw error;
    return { failure: error, grownBytes: most - before };
  } finally {
    clearInterval(timer);
  }
  throw new Error("it connected");
}

describeSsh("[SH-05] a hostile server", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  test.each([
    ["an endless greeting", "hello, stranger\r\n".repeat(1_000)],
    ["an endless line", "x".repeat(16_000)],
    ["zeros", "\0".repeat(16_000)],
    ["garbage after its name", `SSH-2.0-x\r\n${"\u00ff".repeat(16_000)}`],
  ])("with %s is left at once, in little memory, while another one is served", async (_, text) => {
    await using hostile = await raw((socket) => flood(socket, Buffer.from(text, "latin1")));
    using other = hostOf(await targetOf(sshd));
    await other.host.readFile("/proc/uptime");
    const attempt = failing(connectSsh(targetAt(hostile.port), sshDeps, never));
    const startedMs = performance.now();
    expect(await other.host.readFile("/proc/loadavg")).toBeTruthy();
    const { failure, grownBytes } = await attempt;
    expect(failure.step).toBe("protocol");
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(grownBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test.each(["", "SSH-2.0-x\r\n"])("that falls silent after %j is left when its time is over", async (text) => {
    await using hostile = await raw((socket) => void socket.write(text));
    const clock = new FakeClock();
    const attempt = failing(connectSsh(targetAt(hostile.port), { ...sshDeps, clock }, never));
    await waitFor(() => clock.pendingTimers >= 2 && hostile.received() > 0, { describe: "the attempt" });
    await clock.advance(9_000);
    await clock.advance(1_001);
    const { failure } = await attempt;
    expect([failure.step, failure.message]).toEqual(["protocol", expect.stringContaining("in time")]);
  });

  test("that never answers the login is left when its time is over, and hears the password once", async () => {
    let asked = 0;
    await using hostile = await speaking(() => void asked++);
    const clock = new FakeClock();
    const attempt = failing(connectSsh(targetAt(hostile.port), { ...sshDeps, clock }, never));
    await waitFor(() => asked === 1, { describe: "the login" });
    await clock.advance(30_001);
    const { failure } = await attempt;
    expect([failure.step, failure.message, asked]).toEqual(["login", expect.stringContaining("in time"), 1]);
  });

  test("that asks on and on is told the password once by each method, and left", async () => {
    let answers: readonly string[] = [];
    const methods: string[] = [];
    await using hostile = await speaking((context) => {
      methods.push(context.method);
      if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
      const again = (given: readonly string[]): void => {
        answers = [...answers, ...given];
        context.prompt([{ prompt: "Password: ", echo: false }], again);
      };
      again([]);
    });
    const clock = new FakeClock();
    const attempt = failing(connectSsh(targetAt(hostile.port), { ...sshDeps, clock }, never));
    await waitFor(() => answers.length > 50, { describe: "fifty questions" });
    await clock.advance(30_001);
    await attempt;
    expect(methods).toEqual(["password", "keyboard-interactive"]);
    expect(answers.filter((answer) => answer !== "")).toEqual(["secret"]);
  });

  test("[SS3] a single hidden question is answered with the password", async () => {
    await using server = await speaking((context) => {
      if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
      context.prompt([{ prompt: "Password: ", echo: false }], ([answer]) => {
        if (answer === "secret") context.accept();
        else context.reject();
      });
    });
    using _ = await connected(targetAt(server.port));
  });

  test.each([
    [
      "two questions",
      [
        { prompt: "User: ", echo: true },
        { prompt: "Password: ", echo: false },
      ],
    ],
    ["a question that shows its answer", [{ prompt: "Password: ", echo: true }]],
  ])("that has %s is not told the password", async (_, prompts) => {
    let answers: readonly string[] = [];
    await using server = await speaking((context) => {
      if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
      context.prompt(prompts, (given) => {
        answers = given;
        context.reject();
      });
    });
    const { failure } = await failing(connectSsh(targetAt(server.port), sshDeps, never));
    expect([failure.step, answers.every((answer) => answer === ""), answers.length]).toEqual([
      "login",
      true,
      prompts.length,
    ]);
  });

  test("that shows an endless banner before the login is left, its time not being used up", async () => {
    await using hostile = await speaking((_context, client) => {
      const { _protocol: protocol } = client as unknown as { _protocol: { _packetRW: never } };
      expect(protocol).toBeDefined();
      const { _sock: socket, _protocol } = client as unknown as {
        readonly _sock: Socket;
        readonly _protocol: {
          sendBanner?: () => void;
          _packetRW: { write: Writer };
          _cipher: { encrypt(packet: Buffer): void };
        };
      };
      const text = Buffer.alloc(30_000, "banner ");
      const send = (): void => {
        for (let count = 0; count < 4 && !socket.destroyed; count++) {
          const { write } = _protocol._packetRW;
          const at = write.allocStart;
          const packet = write.alloc(1 + 4 + text.length + 4);
          packet[at] = 53;
          packet.writeUInt32BE(text.length, at + 1);
          packet.set(text, at + 5);
          packet.writeUInt32BE(0, at + 5 + text.length);
          _protocol._cipher.encrypt(write.finalize(packet));
        }
        if (!socket.destroyed) setImmediate(send);
      };
      send();
    });
    const { failure, grownBytes } = await failing(connectSsh(targetAt(hostile.port), sshDeps, never));
    expect([failure.step, failure.message]).toEqual(["login", expect.stringContaining("too much")]);
    expect(grownBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test("whose shell says a gigabyte instead of running anything is left after 64 KiB", async () => {
    await using hostile = await speaking(
      (context) => context.accept(),
      (channel) => {
        const chunk = Buffer.alloc(32 * 1024, "noise\n");
        channel.on("error", () => undefined);
        const send = (): void => {
          while (channel.writable && channel.write(chunk));
        };
        channel.on("drain", send);
        send();
      },
    );
    using server = hostOf(targetAt(hostile.port));
    const { failure, grownBytes } = await failing(server.host.readFile("/proc/uptime").then(() => server.line));
    expect([failure.step, failure.message]).toEqual(["shell", expect.stringContaining("too much")]);
    expect(grownBytes).toBeLessThan(64 * 1024 * 1024);
  });

  test("that runs nothing and says nothing is left when its time is over", async () => {
    await using hostile = await speaking((context) => context.accept());
    const clock = new FakeClock();
    const connection = await connectSsh(targetAt(hostile.port), sshDeps, never);
    const { RemoteReader } = await import("../src/links/ssh/remote-reader.ts");
    const starting = failing(RemoteReader.start(connection, clock, never));
    await waitFor(() => clock.pendingTimers > 0, { describe: "the reader's start" });
    await clock.advance(15_001);
    expect((await starting).failure).toMatchObject({ step: "shell" });
    connection.close();
  });

  test("that sends past a channel's window is cut off before it fills the memory", async () => {
    await using hostile = await speaking(
      (context) => context.accept(),
      (channel) => {
        const { outgoing, _client: client } = channel as unknown as {
          readonly outgoing: { readonly id: number };
          readonly _client: {
            readonly _protocol: { channelData(id: number, data: Buffer): void };
            readonly _sock: Socket;
          };
        };
        // No part of the window: ssh2 would stop at the very end of it.
        const chunk = Buffer.alloc(30_001);
        const send = (): void => {
          if (client._sock.destroyed) return;
          while (client._sock.writableLength < 256 * 1024) client._protocol.channelData(outgoing.id, chunk);
          setImmediate(send);
        };
        send();
      },
    );
    using connection = await connected(targetAt(hostile.port));
    const { channel } = await connection.open("anything", never);
    const before = process.memoryUsage.rss();
    expect(await connection.closed).toMatchObject({
      step: "lost",
      message: expect.stringContaining("more than it may") as string,
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
    channel.resume();
  });

  test("a gigabyte of a program's output is cut at 256 KiB; the memory stays", async () => {
    using server = hostOf(await targetOf(sshd));
    await server.host.readFile("/proc/uptime");
    const before = process.memoryUsage.rss();
    const { stdout, truncated } = await server.host.execute(["/usr/bin/head", "-c", "1000000000", "/dev/zero"], {
      signal: never,
    });
    expect([stdout.length, truncated]).toEqual([256 * 1024, true]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(96 * 1024 * 1024);
  }, 60_000);
});

interface Writer {
  readonly allocStart: number;
  alloc(bytes: number): Buffer;
  finalize(packet: Buffer): Buffer;
}
