import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { needs, FakeClock, freePort, startAuthority, startNginx } from "@muster/testkit";
import type { Authority, CertificateFiles, Nginx } from "@muster/testkit";
import { DAY_MS, MINUTE_MS } from "@muster/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "@muster/node-kit";
import { firstBytes } from "../src/probes/first-bytes.ts";
import { WayDown } from "../src/probes/ways.ts";
import { factOf, listen, look, probeOf, sayEndlessly } from "./probe-fixture.ts";

const blocked = new WayDown("the address is not open for this purpose");

const describeNginx = await needs("nginx", "openssl");

describeNginx("over a real nginx", () => {
  let authority: Authority;
  let nginx: Nginx;
  let ownSigned: CertificateFiles;
  const ALL = ["DNS:localhost", "IP:127.0.0.1"];
  let secure: Readonly<Record<"good" | "ending" | "expired" | "future" | "otherName" | "selfSigned", number>>;
  let plain = "";
  let other = 0;

  beforeAll(async () => {
    authority = await startAuthority();
    ownSigned = await authority.selfSigned(ALL);
    const certificates = [
      await authority.issue(ALL),
      await authority.issue(ALL, { untilMs: 10.5 * DAY_MS }),
      await authority.issue(ALL, { fromMs: -20 * DAY_MS, untilMs: -2 * DAY_MS }),
      await authority.issue(ALL, { fromMs: 2 * DAY_MS }),
      await authority.issue(["DNS:other.example.org"]),
      ownSigned,
    ];
    nginx = await startNginx(
      (directory, ports) => [
        `; default_type text/plain;
           location = /hello { return 200 "hello there"; }
           location = /json { return 200 '{"nodes":[{"state":"up","users":7}],"a b":null}'; }
           location = /down { return 503; }
           location = /moved { return 302 /hello; }
           location = /away { return 302 http://127.0.0.1:${ports[1]}/hello; }
           location = /metadata { return 302 http://169.254.169.254/latest; }
           location = /loop { return 302 /loop; }
           location = /basic { auth_basic "x"; auth_basic_user_file ${directory}/users; try_files /page =404; }
           location = /bearer { if ($http_authorization != "Bearer t0ken") { return 401; } return 200 in; }
           location = /big { limit_rate 200m; try_files /big =404; }`,
        `; location / { return 200 elsewhere; }`,
        ...certificates.map(
          ({ certificate, key }) =>
            ` ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; location / { return 200 safe; }`,
        ),
      ],
      { count: 8, files: { users: "monitor:{PLAIN}geheim\n", page: "members", big: "x".repeat(1024 * 1024 + 10) } },
    );
    const [first = 0, second = 0, good = 0, ending = 0, expired = 0, future = 0, otherName = 0, selfSigned = 0] =
      nginx.ports;
    plain = `http://127.0.0.1:${first}`;
    other = second;
    secure = { good, ending, expired, future, otherName, selfSigned };
  });
  afterAll(async () => {
    await nginx[Symbol.asyncDispose]();
    await authority[Symbol.asyncDispose]();
  });

  const safe = (port: number, more: object = {}) =>
    look("http", { url: `https://localhost:${port}/`, ca: authority.ca, ...more });
  const tls = (port: number, more: object = {}) => look("tls", { host: "localhost", port, ca: authority.ca, ...more });

  test("what answers as it should is healthy, with status, phases and certificate told", async () => {
    const result = await safe(secure.good, { text: "safe" });
    expect(result).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^200 in \d+ ms$/) });
    expect(factOf(result, "certificateSubject")).toBe("localhost");
    expect(factOf(result, "certificateIssuer")).toBe("Test Authority");
    expect(result.samples.map(({ metric, labels }) => labels?.["phase"] ?? metric)).toEqual([
      ...["name", "connect", "tls", "firstByte", "rest"],
      "probe_certificate_left_seconds",
    ]);
    expect(await tls(secure.good)).toMatchObject({ health: "healthy", detail: "for localhost, by Test Authority" });
  });

  test("a certificate that ends in ten days is degraded, and unhealthy where that is too late", async () => {
    for (const seen of [safe, tls]) {
      expect(await seen(secure.ending)).toMatchObject({
        health: "degraded",
        detail: "the certificate ends in 10 days",
      });
      expect(await seen(secure.ending, { failDays: 12 })).toMatchObject({ health: "unhealthy" });
      expect(await seen(secure.ending, { warnDays: 5 })).toMatchObject({ health: "healthy" });
    }
  });

  test.each([
    ["expired", "the certificate has expired or is not valid yet", "the certificate has expired"],
    ["future", "the certificate has expired or is not valid yet", "the certificate is not valid yet"],
    ["otherName", "the certificate is for another name", "the certificate is for another name"],
    ["selfSigned", "the certificate is of nobody known", "the certificate is of nobody known"],
  ] as const)("a certificate is not good for this: %s", async (which, byHttp, byTls) => {
    expect(await safe(secure[which])).toMatchObject({ health: "unhealthy", detail: byHttp, tookMs: null });
    const seen = await tls(secure[which]);
    expect(seen).toMatchObject({ health: "unhealthy", detail: byTls });
    expect(factOf(seen, "trusted")).toBe(false);
  });

  test("a certificate in its time that hangs on one out of its time is not trusted", async () => {
    const between = await authority.issue(["DNS:between"], {
      ...{ fromMs: -20 * DAY_MS, untilMs: -2 * DAY_MS },
      isAuthority: true,
    });
    const { certificate, key } = await authority.issue(ALL, { by: between });
    await using chained = await startNginx(
      () => [` ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key}; location / { return 200 safe; }`],
      { count: 1 },
    );
    expect(await tls(chained.ports[0] ?? 0)).toMatchObject({
      health: "unhealthy",
      detail: "the certificate has expired or is not valid yet",
    });
  });

  test("a certificate of nobody known is good where its authority is given, or trust is not asked for", async () => {
    const ca = await readFile(ownSigned.certificate, "utf8");
    expect(await safe(secure.selfSigned, { ca })).toMatchObject({ health: "healthy" });
    expect(await tls(secure.selfSigned, { ca })).toMatchObject({ health: "healthy" });
    expect(await look("tls", { host: "localhost", port: secure.good })).toMatchObject({ health: "unhealthy" });
    const lenient = await look("tls", { host: "localhost", port: secure.selfSigned, mustBeTrusted: false });
    expect(lenient).toMatchObject({ health: "healthy" });
    const named = { host: "127.0.0.1", port: secure.otherName, ca: authority.ca, serverName: "other.example.org" };
    expect(await look("tls", named)).toMatchObject({ health: "healthy" });
  });

  test("status, text and JSON are judged", async () => {
    const at = (path: string, more: object = {}) => look("http", { url: `${plain}${path}`, ...more });
    expect(await at("/down")).toMatchObject({ health: "unhealthy", detail: "503 instead of 200–399" });
    expect(await at("/down", { statusMin: 500, statusMax: 599 })).toMatchObject({ health: "healthy" });
    expect(await at("/hello", { text: "hello" })).toMatchObject({ health: "healthy" });
    expect(await at("/hello", { text: "bye" })).toMatchObject({ detail: "the answer has not the text looked for" });
    expect(await at("/hello", { text: "hello", textMustBe: "absent" })).toMatchObject({ health: "unhealthy" });
    expect(await at("/hello", { jsonPath: "a" })).toMatchObject({ detail: "the answer is no JSON" });
    const users = await at("/json", { jsonPath: "$.nodes[0].users", jsonValue: "7" });
    expect(users).toMatchObject({ health: "healthy" });
    expect(users.samples).toContainEqual({ metric: "custom_probe_value", value: 7 });
    expect(await at("/json", { jsonPath: "nodes[0].state", jsonValue: "down" })).toMatchObject({
      detail: "nodes[0].state is up instead of down",
    });
    expect(await at("/json", { jsonPath: '["a b"]', jsonValue: "null" })).toMatchObject({ health: "healthy" });
    expect(await at("/json", { jsonPath: "nodes.length", jsonValue: "1" })).toMatchObject({ health: "healthy" });
    for (const jsonPath of ["nodes[1]", "__proto__", "nodes[0"])
      expect(await at("/json", { jsonPath })).toMatchObject({ detail: `the answer has nothing at ${jsonPath}` });
  });

  test("[SR-04] a redirect is followed only as often as asked, and never to another place of this network", async () => {
    const at = (path: string, redirectsMax: number) => look("http", { url: `${plain}${path}`, redirectsMax });
    expect(await at("/moved", 0)).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^302 /) });
    expect(await at("/moved", 1)).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^200 /) });
    expect(await at("/loop", 3)).toMatchObject({ health: "unhealthy", detail: "it is redirected too often" });
    await expect(at("/away", 3)).rejects.toThrow(blocked);
    await expect(at("/metadata", 3)).rejects.toThrow(blocked);
    expect(await look("http", { url: `http://127.0.0.1:${other}/` })).toMatchObject({ health: "healthy" });
  });

  test("signs in, and does not try a refused password again and again", async () => {
    const basic = { url: `${plain}/basic`, signIn: "basic", user: "monitor", text: "members" };
    expect(await look("http", basic, { secret: "geheim" })).toMatchObject({ health: "healthy" });
    const bearer = { url: `${plain}/bearer`, signIn: "bearer" };
    expect(await look("http", bearer, { secret: "t0ken" })).toMatchObject({ health: "healthy" });
    expect(await look("http", bearer)).toMatchObject({
      health: "unknown",
      detail: "there is no password or token to sign in with; enter it",
    });
    expect(await look("http", bearer, { secret: "пароль" })).toMatchObject({
      health: "unknown",
      detail: "the token has characters that no header can carry",
    });

    const clock = new FakeClock();
    const refusing = await listen((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n"));
    });
    await using _ = refusing;
    const url = `http://127.0.0.1:${refusing.port}/`;
    const probe = probeOf("http", { url, signIn: "basic", user: "a" }, { secret: "wrong-secret", clock });
    const run = () => probe.run(AbortSignal.timeout(5_000));
    expect(await run()).toMatchObject({ health: "unhealthy", detail: "401 instead of 200–399" });
    const second = await run();
    expect(second.detail).toMatch(/^the sign-in was refused; .* wait 10 minutes/);
    expect(JSON.stringify(second)).not.toContain("wrong-secret");
    expect(refusing.connections()).toBe(1);
    await clock.advance(10 * MINUTE_MS);
    expect(await run()).toMatchObject({ detail: "401 instead of 200–399" });
    expect((await run()).detail).toMatch(/wait 20 minutes/);
    expect(refusing.connections()).toBe(2);
    // One that asks without a password may be told so at each look.
    const open = probeOf("http", { url }, { clock });
    for (let count = 0; count < 3; count++) expect((await open.run(AbortSignal.timeout(5_000))).detail).toMatch(/^401/);
  });

  test("only the first MiB of an answer is read", async () => {
    const big = { url: `${plain}/big` };
    const seen = await look("http", big);
    expect([seen.health, factOf(seen, "bodyBytes")]).toEqual(["healthy", 1024 * 1024]);
    expect(await look("http", { ...big, jsonPath: "a" })).toMatchObject({
      detail: "the answer is too long to be read as JSON",
    });
    expect(await look("http", { ...big, text: "y" })).toMatchObject({
      detail: "the answer has not the text looked for in its first MiB",
    });
  });

  test("what was ended and comes again is seen so", async () => {
    await nginx.restart();
    expect(await look("http", { url: `${plain}/hello` })).toMatchObject({ health: "healthy" });
  });
});

const refusedPort = await freePort();
const HEAD = "HTTP/1.1 200 OK\r\n";
const BY_HTTP: readonly (readonly [string, string, number])[] = [
  ["accepts and never answers", "no answer in time", 300],
  ["ends at once", "the connection was cut", 5_000],
  ["endless headers", "the answer is no HTTP", 5_000],
  ["no HTTP", "the answer is no HTTP", 5_000],
  ["half an answer", "the connection was cut", 5_000],
];

test.each(BY_HTTP)("a sick site: %s", async (how, detail, timeoutMs) => {
  await using server = await listen((socket) => {
    if (how === "ends at once") return socket.end();
    socket.once("data", () => {
      if (how === "endless headers") {
        socket.write(HEAD);
        sayEndlessly(socket, "x-a: aaaaaaaaaaaaaaaa\r\n");
      }
      if (how === "no HTTP") socket.end("SSH-2.0-OpenSSH_9.2\r\n");
      if (how === "half an answer") socket.end(`${HEAD}content-length: 100\r\n\r\nhalf`);
    });
    return undefined;
  });
  const url = `http://127.0.0.1:${server.port}/`;
  expect(await look("http", { url }, { timeoutMs })).toMatchObject({ health: "unhealthy", detail, tookMs: null });
});

test("an answer of a gigabyte and more ends at what is read of it, and a slow one is degraded", async () => {
  await using server = await listen((socket) => {
    socket.once("data", () => {
      socket.write(`${HEAD}content-length: 2000000000\r\n\r\n`);
      sayEndlessly(socket, "\xff\u0000[");
    });
  });
  const url = `http://127.0.0.1:${server.port}/`;
  expect(await look("http", { url })).toMatchObject({ health: "healthy" });
  await using slow = await listen((socket) => {
    socket.once("data", () => void systemClock.after(150, () => socket.end(`${HEAD}content-length: 0\r\n\r\n`)));
  });
  const late = await look("http", { url: `http://127.0.0.1:${slow.port}/`, slowMs: 100 });
  expect(late).toMatchObject({
    health: "degraded",
    detail: expect.stringMatching(/^\d+ ms instead of at most 100 ms$/),
  });
});

test("JSON that is deeper than can be is read without harm", async () => {
  await using server = await listen((socket) => {
    socket.once("data", () =>
      socket.end(`${HEAD}connection: close\r\n\r\n${"[".repeat(100_000)}${"]".repeat(100_000)}`),
    );
  });
  const url = `http://127.0.0.1:${server.port}/`;
  const result = await look("http", { url, jsonPath: "[0]", jsonValue: "1" });
  expect(result).toMatchObject({ health: "unhealthy", detail: "[0] is a list instead of 1" });
});

test("TCP: connected, greeted, refused, silent, cut and endless are told apart", async () => {
  await using server = await listen((socket) => {
    socket.write("wel");
    socket.once("data", (data: Buffer) => {
      if (data.includes("cut")) socket.resetAndDestroy();
      else if (data.includes("endless")) sayEndlessly(socket, "x");
      else if (data.includes("hi")) socket.write("come");
    });
  });
  const tcp = (more: object, timeoutMs = 5_000) =>
    look("tcp", { host: "127.0.0.1", port: server.port, ...more }, { timeoutMs });
  expect(await tcp({})).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^connected in \d+ ms$/) });
  expect(await tcp({ send: "hi", text: "welcome" })).toMatchObject({ health: "healthy" });
  expect(await tcp({ text: "welcome" }, 300)).toMatchObject({ detail: "the text looked for did not come in time" });
  expect(await tcp({ send: "cut", text: "welcome" })).toMatchObject({ detail: "it ended without the text looked for" });
  expect(await tcp({ send: "endless", text: "welcome" })).toMatchObject({ health: "unhealthy" });
  expect(await tcp({ port: refusedPort })).toMatchObject({ detail: "nothing listens there", tookMs: null });
  await expect(tcp({ host: "169.254.169.254", port: 80 })).rejects.toThrow(blocked);
});

test("a connection that ended before anybody listened is told as ended, not waited for", async () => {
  for (const end of [
    (stream: PassThrough) => void stream.destroy(),
    (stream: PassThrough) => void stream.end().resume(),
  ]) {
    const stream = new PassThrough();
    const closed = once(stream, "close");
    end(stream);
    await closed;
    expect(await firstBytes(stream, 10, () => false, AbortSignal.timeout(2_000))).toBe("ended");
  }
});

test("what comes while nobody listens waits for the next who does", async () => {
  const stream = new PassThrough();
  const signal = AbortSignal.timeout(2_000);
  const first = firstBytes(stream, 100, (bytes) => bytes.includes("one"), signal);
  // Two messages of one read, as channels of SSH have them.
  systemClock.after(0, () => {
    stream.write("one");
    stream.write("two");
  });
  expect(await first).toBe("found");
  expect(await firstBytes(stream, 100, (bytes) => bytes.includes("two"), signal)).toBe("found");
  stream.destroy();
});

test("TLS with what is silent, speaks plainly or ends", async () => {
  await using server = await listen((socket) => {
    socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  await using silent = await listen(() => undefined);
  await using ended = await listen((socket) => void once(socket, "data").then(() => socket.resetAndDestroy()));
  const tls = (port: number, timeoutMs = 5_000) => look("tls", { host: "127.0.0.1", port }, { timeoutMs });
  expect(await tls(server.port)).toMatchObject({ detail: "no secure connection could be agreed on", tookMs: null });
  expect(await tls(silent.port, 300)).toMatchObject({ detail: "no answer in time" });
  expect(await tls(ended.port)).toMatchObject({ detail: "the connection was cut" });
});
