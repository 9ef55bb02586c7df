import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { PassThrough } from "node:stream";
import { readFileSync } from "node:fs";
import { FakeClock, freePort, needs, runProgram, temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { Egress, systemClock } from "@muster/node-kit";
import type { EgressDeps } from "@muster/node-kit";

interface Listening extends AsyncDisposable {
  readonly port: number;
  /** Whoever has connected, whatever was said. */
  readonly connections: () => number;
}

async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on("connection", (socket: Socket) => {
    count++;
    sockets.add(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
const serving = (answer: RequestListener): Promise<Listening> => listening(createServer(answer));
const egress = (deps: Partial<EgressDeps> = {}): Egress => new Egress({ clock: systemClock, ...deps });
const patience = (): AbortSignal => AbortSignal.timeout(5_000);
const local = (port: number) => ({ purpose: "check" as const, opened: [`127.0.0.1:${port}`] });

describe("a request", () => {
  test("reaches what its purpose has opened, over a connection of its own", async () => {
    const seen: string[] = [];
    await using server = await serving((request, response) => {
      seen.push(`${request.method} ${request.url} ${String(request.headers["x-one"])}`);
      response.setHeader("x-two", "2").end("hello");
    });
    const url = `http://127.0.0.1:${server.port}/a?b`;
    const answer = await egress().request({ ...local(server.port), url, headers: { "x-one": "1" } }, patience());
    expect(answer).toMatchObject({ ok: true, status: 200, isTruncated: false, headers: { "x-two": "2" } });
    expect(answer.ok && answer.body.toString()).toBe("hello");
    expect(seen).toEqual(["GET /a?b 1"]);
  });

  test("[SR-11] to another port of an opened host, by another name of it, or of another list is blocked unasked", async () => {
    await using server = await serving((_request, response) => void response.end());
    const blocked = { ok: false, failure: "blocked" };
    const ask = (url: string, opened: readonly string[]) =>
      egress().request({ purpose: "check", url, opened }, patience());
    const { port } = server;
    expect(await ask(`http://127.0.0.1:${port}/`, [])).toMatchObject(blocked);
    expect(await ask(`http://127.0.0.1:${port}/`, [`127.0.0.1:${port + 1}`, `localhost:${port}`])).toMatchObject(
      blocked,
    );
    expect(await ask(`http://localhost:${port}/`, [`127.0.0.1:${port}`])).toMatchObject(blocked);
    expect(await ask(`http://[::ffff:127.0.0.1]:${port}/`, [`127.0.0.1:${port}`])).toMatchObject(blocked);
    expect(await ask(`http://127.1:${port}/`, [])).toMatchObject(blocked);
    expect(server.connections()).toBe(0);
    expect(await ask(`http://localhost:${port}/`, [`localhost:${port}`])).toMatchObject({ ok: true });
  });

  test("[SR-03] by a name that turns from a public address to loopback between two questions is refused", async () => {
    await using server = await serving((_request, response) => void response.end());
    const answers = ["8.8.8.8", "127.0.0.1"];
    // Each question has the next answer, and the last one stays.
    const resolve = () =>
      Promise.resolve([{ address: answers.length > 1 ? answers.shift()! : answers[0]!, family: 4 }]);
    const rebinding = egress({ resolve });
    // Somebody looked at the name before and found it good: that is worth nothing when it is connected to.
    expect((await resolve())[0]?.address).toBe("8.8.8.8");
    const evil = `http://evil.example:${server.port}/`;
    expect(await rebinding.request({ ...local(server.port), url: evil }, patience())).toMatchObject({
      failure: "blocked",
    });
    const byTcp = { ...local(server.port), host: "evil.example", port: server.port };
    expect(await rebinding.connect(byTcp, patience())).toMatchObject({ failure: "blocked" });
    // One bad address among good ones spoils them all.
    const mixed = egress({
      resolve: () =>
        Promise.resolve([
          { address: "8.8.8.8", family: 4 },
          { address: "127.0.0.1", family: 4 },
        ]),
    });
    const url = `http://mixed.example:${server.port}/`;
    expect(await mixed.request({ ...local(server.port), url }, patience())).toMatchObject({ failure: "blocked" });
    expect(
      await mixed.connect({ ...local(server.port), host: "mixed.example", port: server.port }, patience()),
    ).toMatchObject({ failure: "blocked" });
    expect(server.connections()).toBe(0);
  });

  test("[SR-01] to a cloud's metadata, or to a listener of this program, is never open, although listed", async () => {
    const url = "http://169.254.169.254/latest/meta-data/";
    const opened = ["169.254.169.254:80", "meta.example:80"];
    expect(await egress().request({ purpose: "pull", opened, url }, patience())).toMatchObject({ failure: "blocked" });
    const named = egress({ resolve: () => Promise.resolve([{ address: "169.254.169.254", family: 4 }]) });
    const byName = { purpose: "pull", opened, url: "http://meta.example/" } as const;
    expect(await named.request(byName, patience())).toMatchObject({ failure: "blocked" });
    await using server = await serving((_request, response) => void response.end());
    const own = egress({ isOwn: (address, port) => address === "127.0.0.1" && port === server.port });
    const toOwn = { ...local(server.port), url: `http://127.0.0.1:${server.port}/` };
    expect(await own.request(toOwn, patience())).toMatchObject({ failure: "blocked" });
  });

  test("[SR-04] is redirected only when asked, at most 3 times, and never to what is blocked", async () => {
    const asked: string[] = [];
    await using inner = await serving((_request, response) => void (asked.push("inner"), response.end("secret")));
    await using server = await serving((request, response) => {
      asked.push(`${request.url} ${request.headers["authorization"] ?? "-"}`);
      const left = Number(request.url?.slice(1));
      const to = Number.isNaN(left) ? decodeURIComponent(request.url!.slice(2)) : `/${left - 1}`;
      if (left === 0) response.end("there");
      else response.writeHead(302, { location: to }).end();
    });
    const base = `http://127.0.0.1:${server.port}`;
    const ask = (path: string, redirectsMax: number, opened: readonly string[] = []) =>
      egress().request(
        {
          purpose: "notifier",
          opened: [`127.0.0.1:${server.port}`, ...opened],
          url: `${base}${path}`,
          redirectsMax,
          headers: { authorization: "secret" },
        },
        patience(),
      );
    expect(await ask("/1", 0)).toMatchObject({ ok: true, status: 302 });
    expect(await ask("/3", 3)).toMatchObject({ ok: true, status: 200 });
    expect(await ask("/4", 3)).toMatchObject({ ok: false, failure: "too-many-redirects" });
    expect(await ask("/4", 99)).toMatchObject({ ok: false, failure: "too-many-redirects" });
    asked.length = 0;
    const innerUrl = `http://127.0.0.1:${inner.port}/`;
    for (const to of [
      innerUrl,
      `//127.0.0.1:${inner.port}/`,
      "file:///etc/passwd",
      "gopher://a/",
      "http://169.254.169.254/",
      "http://[",
    ])
      expect(await ask(`/x${encodeURIComponent(to)}`, 3)).toMatchObject({ ok: false, failure: "blocked" });
    expect(asked).not.toContain("inner");
    // Opened as well, it is reached, without what was meant for the first.
    const seen: (string | undefined)[] = [];
    await using other = await serving((request, response) => {
      seen.push(request.headers["authorization"]);
      response.end();
    });
    const answer = await ask(`/x${encodeURIComponent(`http://127.0.0.1:${other.port}/`)}`, 3, [
      `127.0.0.1:${other.port}`,
    ]);
    expect(answer).toMatchObject({ ok: true, status: 200 });
    expect(seen).toEqual([undefined]);
  });

  test("[SR-10] with a line end in a header, or a header of another form, is not sent", async () => {
    let asked = 0;
    await using server = await serving((_request, response) => void (asked++, response.end()));
    const url = `http://127.0.0.1:${server.port}/`;
    for (const headers of [
      { a: "b\r\nx: y" },
      { a: "b\n" },
      { "a\r\nb": "c" },
      { a: "b\0" },
      { "a:": "b" },
      { a: "é" },
    ])
      expect(await egress().request({ ...local(server.port), url, headers }, patience())).toMatchObject({
        failure: "not-valid",
      });
    expect(asked).toBe(0);
  });

  test("[SR-08] reads no more of the answer than allowed, however much comes", async () => {
    await using server = await serving((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const url = `http://127.0.0.1:${server.port}/`;
    const answer = await egress().request({ ...local(server.port), url, bodyBytesMax: 1_000 }, patience());
    expect(answer).toMatchObject({ ok: true, isTruncated: true });
    expect(answer.ok && answer.body.length).toBe(1_000);
  });

  test("[SR-08] ends in time: no answer, half an answer, or a name that is never found", async () => {
    await using silent = await listening(createTcpServer());
    await using half = await serving((_request, response) => void response.write("half"));
    for (const { port } of [silent, half]) {
      const url = `http://127.0.0.1:${port}/`;
      const answer = await egress().request({ ...local(port), url }, AbortSignal.timeout(100));
      expect(answer).toMatchObject({ ok: false, failure: "timed-out" });
      expect(answer.durationMs).toBeLessThan(2_000);
    }
    const clock = new FakeClock();
    const nowhere = new Egress({
      clock,
      resolve: (_host, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
    });
    const asked = nowhere.request(
      { purpose: "probe", opened: [], url: "http://a.example/" },
      new AbortController().signal,
    );
    await clock.advance(60_000);
    expect(await asked).toMatchObject({ ok: false, failure: "timed-out", durationMs: 60_000 });
    expect(clock.pendingTimers).toBe(0);
  });

  test("[SR-08] is tried only so often in a minute at one target, and each target counts alone", async () => {
    const clock = new FakeClock();
    await using server = await serving((_request, response) => void response.end());
    await using other = await serving((_request, response) => void response.end());
    const limited = new Egress({ clock, attemptsPerMinuteMax: 3 });
    const ask = async (port: number) => {
      const answer = await limited.request({ ...local(port), url: `http://127.0.0.1:${port}/` }, patience());
      return answer.ok ? "ok" : answer.failure;
    };
    const { port } = server;
    expect([await ask(port), await ask(port), await ask(port), await ask(port)]).toEqual([
      "ok",
      "ok",
      "ok",
      "rate-limited",
    ]);
    expect(await ask(other.port)).toBe("ok");
    await clock.advance(20_000);
    expect([await ask(port), await ask(port)]).toEqual(["ok", "rate-limited"]);
  });

  test("[EG6] what has an account of its own is neither held up by others at the same target nor without a bound", async () => {
    await using server = await serving((_request, response) => void response.end());
    const limited = new Egress({ clock: new FakeClock(), attemptsPerMinuteMax: 1 });
    const ask = async (account?: string) => {
      const passage = { ...local(server.port), ...(account !== undefined && { account }) };
      const answer = await limited.request({ ...passage, url: `http://127.0.0.1:${server.port}/` }, patience());
      return answer.ok ? "ok" : answer.failure;
    };
    expect([await ask(), await ask(), await ask("one"), await ask("other"), await ask("one")]).toEqual([
      ...["ok", "rate-limited", "ok", "ok", "rate-limited"],
    ]);
  });

  test("[EG6] what is asked further after an answer is part of its attempt; where it is redirected to counts", async () => {
    await using server = await serving((request, response) => {
      response.writeHead(request.url === "/away" ? 302 : 200, { location: "/" }).end();
    });
    const limited = new Egress({ clock: new FakeClock(), attemptsPerMinuteMax: 1 });
    const ask = async (path: string, isFollowUp: boolean) => {
      const url = `http://127.0.0.1:${server.port}${path}`;
      const request = { ...local(server.port), url, isFollowUp, redirectsMax: 1 };
      const answer = await limited.request(request, patience());
      return answer.ok ? "ok" : answer.failure;
    };
    expect([await ask("/", false), await ask("/", true), await ask("/", true)]).toEqual(["ok", "ok", "ok"]);
    expect([await ask("/away", true), await ask("/", false)]).toEqual(["rate-limited", "rate-limited"]);
  });

  test("[SR-06] what went wrong is told in a fixed sentence, without a word of the other side or of Node", async () => {
    await using talking = await listening(createTcpServer((socket) => socket.end("SSH-2.0-secret banner\r\n")));
    await using cutting = await listening(
      createTcpServer((socket) => socket.on("error", () => undefined).resetAndDestroy()),
    );
    const free = await freePort();
    const ask = async (port: number, scheme = "http") =>
      egress().request({ ...local(port), url: `${scheme}://127.0.0.1:${port}/` }, patience());
    const answers = [
      await ask(talking.port),
      await ask(cutting.port),
      await ask(free),
      await ask(talking.port, "https"),
    ];
    expect(answers.map((answer) => !answer.ok && answer.failure)).toEqual(["not-http", "reset", "refused", "tls"]);
    const nameless = egress({
      resolve: () => Promise.reject(Object.assign(new Error("inner"), { code: "ENOTFOUND" })),
    });
    const unknown = await nameless.request({ purpose: "probe", opened: [], url: "http://a.example/" }, patience());
    expect(unknown).toMatchObject({ failure: "name-not-found" });
    expect(JSON.stringify([...answers, unknown])).not.toMatch(/secret|inner|ECONN|127\.0\.0\.1/);
  });
});

describe("a connection", () => {
  test("is open both ways, to the address that was checked", async () => {
    await using server = await listening(
      createTcpServer((socket) => socket.on("data", (data) => void socket.end(data))),
    );
    const opened = { purpose: "ssh", opened: [`name.example:${server.port}`] } as const;
    const named = egress({ resolve: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]) });
    const answer = await named.connect({ ...opened, host: "name.example", port: server.port }, patience());
    if (!answer.ok) throw new Error(answer.detail);
    expect(answer.address).toBe("127.0.0.1");
    answer.socket.end("echo");
    expect((await answer.socket.toArray()).join("")).toBe("echo");
  });

  test("[SR-11] addresses for what is no connection are told only where each of them may be asked", async () => {
    const of = (host: string, opened: readonly string[], found: readonly string[]) =>
      egress({ resolve: () => Promise.resolve(found.map((address) => ({ address, family: 4 }))) }).addresses(
        { purpose: "probe", host, port: 53, opened },
        patience(),
      );
    expect(await of("name.example", [], ["8.8.8.8"])).toMatchObject({ ok: true, addresses: ["8.8.8.8"] });
    expect(await of("name.example", [], ["8.8.8.8", "10.0.0.1"])).toMatchObject({ ok: false, failure: "blocked" });
    const opened = ["name.example:53"];
    expect(await of("name.example", opened, ["10.0.0.1"])).toMatchObject({ ok: true, addresses: ["10.0.0.1"] });
    expect(await of("name.example", opened, ["169.254.169.254"])).toMatchObject({ ok: false, failure: "blocked" });
    expect(await of("10.0.0.1", opened, [])).toMatchObject({ ok: false, failure: "blocked" });
    expect(await of("name.example", opened, [])).toMatchObject({ ok: false, failure: "name-not-found" });
    expect(await of("a b", opened, [])).toMatchObject({ ok: false, failure: "not-valid" });
  });

  test("to what is blocked, silent or nobody's is an answer, never an exception", async () => {
    const free = await freePort();
    expect(
      await egress().connect({ purpose: "probe", opened: [], host: "127.0.0.1", port: free }, patience()),
    ).toMatchObject({
      failure: "blocked",
    });
    expect(await egress().connect({ ...local(free), host: "127.0.0.1", port: free }, patience())).toMatchObject({
      failure: "refused",
    });
    expect(await egress().connect({ ...local(free), host: "a/b", port: free }, patience())).toMatchObject({
      failure: "not-valid",
    });
  });
});

const describeTls = await needs("openssl");
describeTls("a certificate", () => {
  test("of nobody known, or for another name, ends the request before anything is sent", async () => {
    await using directory = await temporaryDirectory("egress");
    const [key, cert] = [directory.file("key.pem"), directory.file("cert.pem")];
    const made = await runProgram(
      [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ].concat([
        ...["-subj", "/CN=a.example", "-addext", "subjectAltName=DNS:a.example", "-keyout", key, "-out", cert],
      ]),
    );
    expect(made.exitCode, made.stderr).toBe(0);
    let asked = 0;
    const ca = readFileSync(cert, "utf8");
    await using server = await listening(
      createSecureServer({ key: readFileSync(key), cert: ca }, (_request, response) => void (asked++, response.end())),
    );
    const named = egress({ resolve: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]) });
    const ask = (host: string, authority?: string) =>
      named.request(
        {
          purpose: "check",
          opened: [`${host}:${server.port}`],
          url: `https://${host}:${server.port}/`,
          ...(authority !== undefined && { ca: authority }),
        },
        patience(),
      );
    expect(await ask("a.example")).toMatchObject({ failure: "certificate-unknown" });
    expect(await ask("b.example", ca)).toMatchObject({ failure: "certificate-name" });
    expect(asked).toBe(0);
    expect(await ask("a.example", ca)).toMatchObject({ ok: true, status: 200 });
  });
});

test("a connection from another machine that breaks while nobody listens ends nothing", async () => {
  const stream = new PassThrough();
  const passage = { purpose: "probe", opened: ["inner.example:80"], host: "inner.example", port: 80 } as const;
  const answer = await egress().connectOver(
    { ...passage, over: () => Promise.resolve(stream) },
    new AbortController().signal,
  );
  expect(answer.ok).toBe(true);
  expect(() => stream.emit("error", new Error("late"))).not.toThrow();
});
