import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTls } from "node:tls";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { DAY_MS, isMusterError, SECOND_MS } from "@muster/core";
import { FakeClock, temporaryDirectory, waitFor } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { generate } from "selfsigned";
import { describe, expect, test } from "vitest";
import { startHub } from "../src/start-hub.ts";
import { passwordOf, sendRaw, startTestHub, testConfig } from "./harness.ts";
import { WebSocket } from "ws";

const OFF_LOOPBACK = { listen: "0.0.0.0:0", publicUrl: "https://muster.example.org" };

/** The certificate that a new connection is shown, and the protocol it speaks. */
function shown(port: number, options: { readonly maxVersion?: "TLSv1.1" | "TLSv1.2" | "TLSv1.3" } = {}) {
  return new Promise<{ readonly certificate: DetailedPeerCertificate; readonly protocol: string | null }>(
    (resolve, reject) => {
      const socket: TLSSocket = connectTls(
        {
          host: "127.0.0.1",
          port,
          rejectUnauthorized: false,
          servername: "muster.example.org",
          minVersion: "TLSv1",
          ...options,
        },
        () => {
          resolve({ certificate: socket.getPeerCertificate(true), protocol: socket.getProtocol() });
          socket.destroy();
        },
      );
      socket.on("error", reject);
    },
  );
}

async function writeCertificate(directory: TemporaryDirectory, name: string): Promise<void> {
  const made = await generate([{ name: "commonName", value: name }], {
    algorithm: "sha256",
    keyType: "ec",
    curve: "P-256",
  });
  writeFileSync(directory.file("cert.pem"), made.cert);
  writeFileSync(directory.file("key.pem"), made.private, { mode: 0o600 });
}

describe("off loopback without certificate files", () => {
  test("the hub makes a certificate of its own, of 1.2 and newer only, and keeps it", async () => {
    const hub = await startTestHub({ settings: OFF_LOOPBACK, users: { admin: "admin" } });
    const { certificate, protocol } = await shown(hub.port);
    expect(certificate.subject.CN).toBe("muster.example.org");
    expect(certificate.subjectaltname).toBe("DNS:muster.example.org, IP Address:0.0.0.0, DNS:localhost");
    expect(protocol).toBe("TLSv1.3");
    expect((await shown(hub.port, { maxVersion: "TLSv1.2" })).protocol).toBe("TLSv1.2");
    await expect(shown(hub.port, { maxVersion: "TLSv1.1" })).rejects.toThrow();

    const admin = await hub.signIn("admin");
    expect(admin.cookie).toMatch(/^__Host-muster=/);
    const me = await admin.get("/api/v1/me");
    expect([me.status, me.headers["strict-transport-security"], me.json.hub.warnings]).toEqual([
      200,
      "max-age=31536000",
      [],
    ]);
    expect((await admin.ask("GET", "/api/v1/me", { headers: { host: `127.0.0.1:${hub.port}` } })).status).toBe(421);
    expect((await admin.ask("GET", "/api/v1/me", { headers: { host: `localhost:${hub.port}` } })).status).toBe(421);
    expect((await admin.ask("POST", "/api/v1/logout", { headers: { origin: hub.running.address } })).code).toBe(
      "WRONG_ORIGIN",
    );

    await hub.stop();
    await using again = await startTestHub({ settings: OFF_LOOPBACK, directory: hub.directory });
    expect((await shown(again.port)).certificate.fingerprint256).toBe(certificate.fingerprint256);
  });

  test("plain HTTP to it is no way in, and the live socket runs over TLS", async () => {
    await using hub = await startTestHub({ settings: OFF_LOOPBACK, users: { admin: "admin" } });
    const answer = await sendRaw(hub.port, "GET /api/v1/me HTTP/1.1\r\nHost: muster.example.org\r\n\r\n");
    expect(answer).not.toMatch(/^HTTP\/1\.1 2/);
    const { cookie } = await hub.signIn("admin");
    const socket = new WebSocket(`wss://127.0.0.1:${hub.port}/api/v1/live`, {
      headers: { cookie: cookie!, origin: hub.origin, host: "muster.example.org" },
      rejectUnauthorized: false,
      perMessageDeflate: false,
    });
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    socket.close();
    await new Promise((resolve) => socket.once("close", resolve));
  });

  test("half a certificate left by a start that was cut is replaced", async () => {
    const hub = await startTestHub({ settings: OFF_LOOPBACK, users: {} });
    await hub.stop();
    rmSync(hub.directory.file("data", "keys", "tls.cert.pem"));
    await using again = await startTestHub({ settings: OFF_LOOPBACK, directory: hub.directory });
    expect((await shown(again.port)).certificate.subject.CN).toBe("muster.example.org");
  });
});

describe("with certificate files", () => {
  const settings = (directory: TemporaryDirectory) => ({
    ...OFF_LOOPBACK,
    tlsCertFile: directory.file("cert.pem"),
    tlsKeyFile: directory.file("key.pem"),
  });

  test("they are served, and renewed ones are taken up by the running hub; broken ones are not", async () => {
    const directory = await temporaryDirectory("tls");
    await writeCertificate(directory, "first.example.org");
    await using hub = await startTestHub({ settings: settings(directory), directory, users: { admin: "admin" } });
    const name = async (): Promise<string> => String((await shown(hub.port)).certificate.subject.CN);
    expect(await name()).toBe("first.example.org");
    await writeCertificate(directory, "second.example.org");
    await hub.clock.advance(30 * SECOND_MS);
    expect(await name()).toBe("second.example.org");
    // The certificate came, its key not yet.
    const key = readFileSync(directory.file("key.pem"));
    await writeCertificate(directory, "third.example.org");
    const third = readFileSync(directory.file("key.pem"));
    writeFileSync(directory.file("key.pem"), key);
    await hub.clock.advance(30 * SECOND_MS);
    expect(await name()).toBe("second.example.org");
    expect(hub.logs.join("")).toContain("the old one stays");
    writeFileSync(directory.file("key.pem"), third);
    await hub.clock.advance(30 * SECOND_MS);
    expect(await name()).toBe("third.example.org");
    expect(hub.logs.join("")).not.toContain(third.toString("utf8").split("\n")[1]);
    expect((await (await hub.signIn("admin")).get("/api/v1/me")).status).toBe(200);
  });

  test.for([
    ["missing", undefined, "tlsCertFile", /cannot be read \(ENOENT\)/],
    ["no certificate", "hello", "tlsCertFile", /do not fit together/],
  ] as const)("%s: nothing starts, and the setting is named", async ([, content, setting, why]) => {
    await using directory = await temporaryDirectory("tls");
    await writeCertificate(directory, "x.example.org");
    if (content === undefined) rmSync(directory.file("cert.pem"));
    else writeFileSync(directory.file("cert.pem"), content);
    const error: unknown = await startHub(
      { config: testConfig(directory, settings(directory)) },
      { clock: new FakeClock(), writeLog: () => undefined, metricStore: "memory" },
    ).catch((thrown: unknown) => thrown);
    if (!isMusterError(error, "CONFIG_INVALID")) throw error;
    expect(error.details.fields?.[setting]).toMatch(why);
  });
});

describe("plain HTTP off loopback", () => {
  test("needs the flag, and is a warning in the log and on the administrator's pages", async () => {
    await using hub = await startTestHub({
      settings: { ...OFF_LOOPBACK, plainHttp: true, trustedProxies: "127.0.0.0/8" },
      users: { admin: "admin", viewer: "viewer" },
    });
    expect(hub.running.address).toMatch(/^http:/);
    expect(hub.logs.join("")).toMatch(/"level":"warn","message":"This hub serves plain HTTP off loopback/);
    const admin = hub.sessionOf("admin");
    expect((await admin.get("/api/v1/me")).json.hub.warnings).toEqual([
      expect.stringContaining("plain HTTP off loopback"),
    ]);
    expect((await admin.get("/api/v1/status")).json.warnings).toHaveLength(1);
    expect((await hub.sessionOf("viewer").get("/api/v1/me")).json.hub.warnings).toEqual([]);
    // Behind a proxy that ends TLS the cookie is still one for TLS only.
    expect((await hub.signIn("admin")).cookie).toMatch(/^__Host-/);
  });

  test("[SE-06] a trusted proxy is believed, up to the first address that is none", async () => {
    await using hub = await startTestHub({
      settings: { ...OFF_LOOPBACK, plainHttp: true, trustedProxies: "127.0.0.5,10.0.0.0/8" },
      users: { admin: "admin" },
    });
    const addressOf = async (from: string, forwarded: string): Promise<string> => {
      await hub.client(from).ask("POST", "/api/v1/login", {
        body: { name: "admin", password: "wrong" },
        headers: { "x-forwarded-for": forwarded },
      });
      await hub.clock.advance(60 * SECOND_MS);
      const row = hub.state.prepare("SELECT row FROM audit ORDER BY seq DESC LIMIT 1").get()?.["row"];
      return (JSON.parse(String(row)) as { args: { address: string } }).args.address;
    };
    expect(await addressOf("127.0.0.5", "203.0.113.9")).toBe("203.0.113.9");
    expect(await addressOf("127.0.0.5", "198.51.100.1, 203.0.113.9")).toBe("203.0.113.9");
    expect(await addressOf("127.0.0.5", "203.0.113.9, 10.1.2.3")).toBe("203.0.113.9");
    expect(await addressOf("127.0.0.5", "1.1.1.1, nonsense")).toBe("127.0.0.5");
    expect(await addressOf("127.0.0.5", "::ffff:203.0.113.8")).toBe("203.0.113.8");
    expect(await addressOf("127.0.0.6", "203.0.113.9")).toBe("127.0.0.6");
  });
});

describe("health and own metrics", () => {
  test("the hub says that it lives, that it is ready, and its own metrics to who may read them", async () => {
    await using hub = await startTestHub({ servers: ["alpha"] });
    expect((await hub.client().get("/healthz")).text).toBe("alive\n");
    expect((await hub.client().get("/readyz")).text).toBe("ready\n");
    const token = await hub.tokenOf("viewer", ["hub.read"]);
    const { text, headers } = await token.get("/metrics");
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    for (const line of text.split("\n").filter(Boolean))
      expect(line).toMatch(
        /^(?:# (?:HELP|TYPE) [a-zA-Z_:][\w:]* .+|[a-zA-Z_:][\w:]*(?:\{[^}]*\})? (?:[-+\d.e]+|NaN|[-+]Inf))$/,
      );
    expect(text).toContain("\nmuster_storage_working 1\n");
    expect(text).toContain("\nmuster_agents_connected 0\n");
    expect(text).not.toContain("alpha");
  });

  test("nothing answers any more once it was stopped, and stopping twice is harmless", async () => {
    await using hub = await startTestHub();
    const admin = await hub.signIn("admin");
    await hub.running.stop();
    await hub.running.stop();
    await expect(admin.get("/healthz")).rejects.toThrow(/ECONNREFUSED/);
    expect(hub.clock.pendingTimers).toBe(0);
  });

  test("the hub's own session limits are settings", async () => {
    await using hub = await startTestHub({ settings: { sessionIdleMinutes: 15, sessionAbsoluteMinutes: 60 } });
    const admin = await hub.signIn("admin");
    hub.clock.stepWallTime(14 * 60 * SECOND_MS);
    expect((await admin.get("/api/v1/me")).status).toBe(200);
    hub.clock.stepWallTime(15 * 60 * SECOND_MS);
    expect((await admin.get("/api/v1/me")).status).toBe(401);
    hub.clock.stepWallTime(-DAY_MS);
    expect((await hub.client().post("/api/v1/login", { name: "admin", password: passwordOf("admin") })).status).toBe(
      200,
    );
    await waitFor(() => hub.logs.length > 0, { describe: "a log" });
  });
});
