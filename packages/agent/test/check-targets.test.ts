import { readFileSync, readdirSync } from "node:fs";
import { createServer as createSecureServer } from "node:https";
import { createServer as createTcpServer } from "node:net";
import type { CheckTarget, Policy } from "@muster/core";
import { MONITOR_ONLY } from "@muster/core";
import { Egress, systemClock } from "@muster/node-kit";
import { freePort, needs, runProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { tryTarget } from "../src/checks/check-targets.ts";
import type { DefinedBy, Tried } from "../src/checks/check-targets.ts";
import { LocalHost } from "../src/local-host.ts";
import { listening, serving } from "./checks-fixture.ts";

interface Trying {
  readonly definedBy?: DefinedBy;
  readonly probe?: Partial<Policy["probe"]>;
  readonly timeoutMs?: number;
}

async function tried(
  target: CheckTarget,
  { definedBy = "file", probe, timeoutMs = 5_000 }: Trying = {},
): Promise<Tried> {
  const host = new LocalHost(systemClock);
  try {
    return await tryTarget(
      target,
      { definedBy, driverHealth: undefined, logSeen: undefined },
      {
        host,
        egress: new Egress({ clock: systemClock }),
        probe: () => Promise.resolve({ ...MONITOR_ONLY.probe, ...probe }),
      },
      AbortSignal.timeout(timeoutMs),
    );
  } finally {
    host.close();
  }
}

const http = (port: number, change: Partial<CheckTarget & { by: "http" }> = {}): CheckTarget => ({
  by: "http",
  url: `http://127.0.0.1:${port}/healthz`,
  statusMin: 200,
  statusMax: 299,
  text: "",
  ...change,
});
const exec = (...command: readonly string[]): CheckTarget => ({ by: "exec", command });

describe("an exec check", () => {
  test("[HC9] is good by exit 0, and tells the first line otherwise", async () => {
    expect(await tried(exec("/bin/true"))).toMatchObject({ verdict: "good", detail: "exit 0" });
    expect(await tried(exec("/bin/sh", "-c", "echo; echo 'queue is full' >&2; echo more; exit 3"))).toMatchObject({
      verdict: "bad",
      detail: "exit 3: queue is full",
    });
    expect(await tried(exec("/bin/sh", "-c", "kill -9 $$"))).toMatchObject({
      verdict: "bad",
      detail: "exit by a signal",
    });
  });

  test("[HC9] brings numbers along, whatever it comes to", async () => {
    const { verdict, metrics } = await tried(exec("/bin/sh", "-c", "echo users=12; echo is fine; exit 1"));
    expect([verdict, ...metrics!]).toEqual(["bad", ["custom_users", 12]]);
  });

  test("[HC6] without such a program, or one that may not be run, is unknown", async () => {
    expect(await tried(exec("/nowhere/x"))).toEqual({ verdict: "unknown", detail: "there is no such program" });
    expect(await tried(exec("/etc/passwd"))).toEqual({ verdict: "unknown", detail: "the program may not be run" });
    expect(await tried(exec("true"))).toMatchObject({ verdict: "unknown" });
  });

  test("[HC2] [CM-13] that hangs is bad at its time-out, and ends with all its grandchildren", async () => {
    const mark = `31${process.pid}`;
    const running = (): readonly string[] =>
      readdirSync("/proc").filter((pid) => {
        try {
          return /^[0-9]+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(`sleep\0${mark}`);
        } catch {
          return false;
        }
      });
    const hanging = tried(exec("/bin/sh", "-c", `(sleep ${mark} & sleep ${mark}) & trap '' TERM; sleep ${mark}`), {
      timeoutMs: 400,
    });
    await waitFor(() => running().length === 3, { describe: "the program and its children run" });
    expect(await hanging).toEqual({ verdict: "bad", detail: "it did not end in time" });
    await waitFor(() => running().length === 0, { describe: () => `all have ended; left: ${running().join(", ")}` });
  });

  test("[HC2] whose child keeps the output open is bad at its time-out, and not waited for longer", async () => {
    const startedMs = performance.now();
    expect(await tried(exec("/bin/sh", "-c", "sleep 30 & exit 0"), { timeoutMs: 300 })).toMatchObject({
      verdict: "bad",
    });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test("[CM-13] [XS-07] that prints without end is cut, and its words carry no controls", async () => {
    expect(await tried(exec("/bin/sh", "-c", "yes a=1 | head -c 5000000; exit 1"))).toMatchObject({
      verdict: "bad",
      detail: "exit 1: a=1",
    });
    const { detail } = await tried(exec("/usr/bin/printf", "\\033[2Ja\\rb\\342\\200\\256c"));
    expect(detail).toBe("exit 0");
    const failed = await tried(exec("/bin/sh", "-c", "printf '\\033[2Ja\\rb\\342\\200\\256c'; exit 1"));
    expect(failed.detail).toBe("exit 1: [2Ja b c");
  });
});

describe("an http check", () => {
  test("[HC11] is good when status and text are as wanted, and says what is not", async () => {
    let status = 200;
    await using server = await serving((_request, response) => response.writeHead(status).end("all is well"));
    expect(await tried(http(server.port))).toMatchObject({
      verdict: "good",
      detail: expect.stringMatching(/^200 in \d+ ms$/),
    });
    expect(await tried(http(server.port, { text: "is well" }))).toMatchObject({ verdict: "good" });
    expect(await tried(http(server.port, { text: "is ill" }))).toEqual({
      verdict: "bad",
      detail: "200 without the text looked for",
    });
    status = 503;
    expect(await tried(http(server.port))).toEqual({ verdict: "bad", detail: "503 instead of 200–299" });
    expect(await tried(http(server.port, { statusMin: 500, statusMax: 599 }))).toMatchObject({ verdict: "good" });
  });

  test("[HC11] follows no redirect: where it leads is not what is checked", async () => {
    let asked = 0;
    await using server = await serving((request, response) => {
      if (request.url === "/elsewhere") asked++;
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect(await tried(http(server.port))).toMatchObject({ verdict: "bad", detail: "302 instead of 200–299" });
    expect(asked).toBe(0);
  });

  test("[HC11] reads 64 KiB and no more", async () => {
    await using server = await serving((_request, response) => response.end(`${"x".repeat(200_000)}needle`));
    expect(await tried(http(server.port, { text: "needle" }))).toEqual({
      verdict: "bad",
      detail: "200 without the text looked for in its first 64 KiB",
    });
  });

  test("[HC2] [HC11] is bad when nobody answers, in time, at all, or in HTTP", async () => {
    await using silent = await listening(createTcpServer());
    await using slow = await serving((_request, response) => void response.writeHead(200).write("beginning"));
    await using cutting = await listening(
      createTcpServer((socket) => socket.on("error", () => undefined).resetAndDestroy()),
    );
    await using other = await listening(createTcpServer((socket) => socket.end("220 mail\r\n")));
    const free = await freePort();
    const bad = (detail: string) => ({ verdict: "bad", detail });
    expect(await tried(http(silent.port), { timeoutMs: 200 })).toEqual(bad("no answer in time"));
    expect(await tried(http(slow.port), { timeoutMs: 200 })).toEqual(bad("no answer in time"));
    expect(await tried(http(cutting.port))).toEqual(bad("the connection was cut"));
    expect(await tried(http(other.port))).toEqual(bad("the answer is no HTTP"));
    expect(await tried(http(free))).toEqual(bad("nothing listens there"));
  });

  test.each(["file:///etc/passwd", "http://a b/", "unix:///run/docker.sock"])(
    "[SR-05] %s is not tried",
    async (url) => {
      expect(await tried(http(1, { url }))).toEqual({ verdict: "unknown", detail: "the address is not valid" });
    },
  );

  test("[HC10] never asks a cloud's metadata, whoever wrote it", async () => {
    expect(await tried(http(1, { url: "http://169.254.169.254/latest/" }))).toEqual({
      verdict: "unknown",
      detail: "the address is not open for this purpose",
    });
  });
});

describe("a tcp check", () => {
  test("[HC12] is good when something listens, sends nothing, and is bad otherwise", async () => {
    const heard: Buffer[] = [];
    let connections = 0;
    await using server = await listening(
      createTcpServer((socket) => {
        connections++;
        socket.on("data", (data: Buffer) => heard.push(data)).on("error", () => undefined);
      }),
    );
    const free = await freePort();
    expect(await tried({ by: "tcp", host: "127.0.0.1", port: server.port })).toMatchObject({ verdict: "good" });
    await waitFor(() => connections === 1, { describe: "the server was connected to" });
    expect(heard).toEqual([]);
    expect(await tried({ by: "tcp", host: "127.0.0.1", port: free })).toEqual({
      verdict: "bad",
      detail: "nothing listens there",
    });
    for (const host of ["a b", "a/b", ""])
      expect(await tried({ by: "tcp", host, port: free })).toEqual({
        verdict: "unknown",
        detail: "host or port is not valid",
      });
  });
});

describe("a definition that came from the hub", () => {
  test("[SR-09] [HC10] looks at this machine's loopback and at what the policy lists, and at nothing else", async () => {
    await using server = await serving((_request, response) => response.end());
    const hub = { definedBy: "hub" } as const;
    const { port } = server;
    expect(await tried({ by: "tcp", host: "127.0.0.1", port }, hub)).toMatchObject({ verdict: "good" });
    expect(await tried(http(port, { url: `http://localhost:${port}/` }), hub)).toMatchObject({ verdict: "good" });
    const refused = { verdict: "unknown", detail: "the policy's probe list does not name this target" };
    for (const host of [
      "10.255.255.1",
      "127.0.0.1.example",
      "8.8.8.8",
      "169.254.169.254",
      "::ffff:127.0.0.1",
      "0.0.0.0",
      "internal",
    ]) {
      expect(await tried({ by: "tcp", host, port }, hub)).toEqual(refused);
      const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
      expect(await tried(http(port, { url }), hub)).toEqual(refused);
    }
    // Listed is not reached: the port is another, or the whole address is.
    expect(
      await tried({ by: "tcp", host: "internal", port }, { ...hub, probe: { tcp: [`internal:${port + 1}`] } }),
    ).toEqual(refused);
    const listed = { ...hub, probe: { http: [`http://internal:${port}/a`] } };
    expect(await tried(http(port, { url: `http://internal:${port}/b` }), listed)).toEqual(refused);
    // A listed one is tried; metadata never is.
    const listedHere = { ...hub, probe: { tcp: [`0.0.0.0:${port}`] } };
    expect(await tried({ by: "tcp", host: "0.0.0.0", port }, listedHere)).toMatchObject({ verdict: "good" });
    expect(
      await tried({ by: "tcp", host: "169.254.169.254", port: 80 }, { ...hub, probe: { tcp: ["169.254.169.254:80"] } }),
    ).toMatchObject({
      detail: "the address is not open for this purpose",
    });
  });
});

const describeTls = await needs("openssl");
describeTls("a certificate", () => {
  test("[HC11] of nobody known is bad, and said", async () => {
    await using directory = await temporaryDirectory("checks");
    const [key, cert] = [directory.file("key.pem"), directory.file("cert.pem")];
    const made = await runProgram([
      ...[
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
      ],
      ...["-subj", "/CN=a.example", "-keyout", key, "-out", cert],
    ]);
    expect(made.exitCode, made.stderr).toBe(0);
    let asked = 0;
    await using server = await listening(
      createSecureServer(
        { key: readFileSync(key), cert: readFileSync(cert) },
        (_request, response) => void (asked++, response.end()),
      ),
    );
    expect(await tried(http(server.port, { url: `https://127.0.0.1:${server.port}/` }))).toEqual({
      verdict: "bad",
      detail: "the certificate is of nobody known",
    });
    expect(asked).toBe(0);
  });
});
