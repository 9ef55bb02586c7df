import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { readFile } from "node:fs/promises";
import { needs, startAuthority, startFaultProxy, startSshd, waitFor } from "@muster/testkit";
import type { Authority, CertificateFiles } from "@muster/testkit";
import { DAY_MS } from "@muster/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { factOf, listen, look, sayEndlessly } from "./probe-fixture.ts";

const describeTls = await needs("openssl");
const describeSshd = await needs("root", "sshd");

/** What a mail server answers to each verb; all others get 502. `tls`: what it shows after STARTTLS. */
interface Mail {
  readonly greeting?: string;
  readonly hello?: string;
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer };
  readonly implicit?: boolean;
  readonly seen?: string[];
}

/** A mail server that knows as much of SMTP as a greeting needs. */
function mail({ greeting = "220 mail.example.org ready", hello, tls, implicit, seen }: Mail): (socket: Socket) => void {
  const talk = (socket: Socket, isSecure: boolean): void => {
    let rest = "";
    const take = (data: Buffer): void => {
      rest += data.toString("latin1");
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        seen?.push(line);
        if (line.startsWith("EHLO "))
          socket.write(
            hello ?? `250-mail.example.org\r\n${tls && !isSecure ? "250-STARTTLS\r\n" : ""}250 SIZE 1000\r\n`,
          );
        else if (line === "QUIT") socket.end("221 bye\r\n");
        else if (line === "STARTTLS" && tls) {
          socket.off("data", take);
          socket.write("220 go ahead\r\n");
          secure(socket);
        } else socket.write("502 what\r\n");
      }
    };
    socket.on("error", () => undefined).on("data", take);
    // In two pieces, as a network may cut it.
    if (!isSecure || implicit) socket.write(`${greeting.slice(0, 5)}`, () => socket.write(`${greeting.slice(5)}\r\n`));
  };
  const secure = (socket: Socket): void => {
    const made = new TLSSocket(socket, { isServer: true, ...tls });
    made.on("error", () => undefined);
    talk(made, true);
  };
  return (socket) => (implicit ? secure(socket) : talk(socket, false));
}

const smtp = (port: number, more: object = {}, timeoutMs = 5_000) =>
  look("smtp", { host: "127.0.0.1", port, ...more }, { timeoutMs });

test("SMTP: a server that greets is healthy, and no mail is begun", async () => {
  const seen: string[] = [];
  await using server = await listen(mail({ seen }));
  const result = await smtp(server.port);
  expect(result).toMatchObject({
    health: "healthy",
    detail: expect.stringMatching(/^mail\.example\.org ready in \d+ ms$/),
  });
  expect([factOf(result, "offersStartTls"), factOf(result, "extensions")]).toEqual([false, "SIZE 1000"]);
  expect(seen[0]).toBe("EHLO muster-probe");
  expect(seen.join("\n")).not.toMatch(/MAIL|RCPT|DATA|AUTH/);
});

test.each<readonly [string, Mail, string]>([
  ["busy", { greeting: "421 too busy\u001b[31m" }, "greeting: 421 instead of 220: too busy [31m"],
  ["closed", { greeting: "554" }, "greeting: 554 instead of 220"],
  ["no SMTP", { greeting: "SSH-2.0-OpenSSH_9.2" }, "greeting: what answers is no SMTP"],
  ["no EHLO", { hello: "550-no\r\n550 never\r\n" }, "EHLO: 550 instead of 250: no never"],
  ["a reply that changes its code", { hello: "250-a\r\n550 b\r\n" }, "EHLO: what answers is no SMTP"],
])("SMTP: %s", async (_how, how, detail) => {
  await using server = await listen(mail(how));
  expect(await smtp(server.port)).toMatchObject({ health: "unhealthy", detail, tookMs: null });
});

test("SMTP: silent, endless, ended and slow are told apart", async () => {
  await using silent = await listen(() => undefined);
  expect(await smtp(silent.port, {}, 300)).toMatchObject({
    detail: "greeting: it accepts connections and does not answer in time",
  });
  await using endless = await listen((socket) => sayEndlessly(socket, `220-${"x".repeat(800)}\r\n`));
  expect(await smtp(endless.port)).toMatchObject({ detail: "greeting: it says more than anybody reads" });
  await using ended = await listen((socket) => void socket.end());
  expect(await smtp(ended.port)).toMatchObject({ detail: "greeting: the connection was ended without an answer" });
  await using server = await listen(mail({}));
  await using proxy = await startFaultProxy({ host: "127.0.0.1", port: server.port });
  proxy.setFault({ is: "delay", delayMs: 60 });
  expect(await smtp(proxy.port, { slowMs: 50 })).toMatchObject({ health: "degraded" });
  expect(await smtp(server.port, { security: "starttls" })).toMatchObject({ detail: "it does not offer STARTTLS" });
  expect(await smtp(server.port, { security: "tls" }, 1_000)).toMatchObject({ health: "unhealthy" });
});

describeTls("SMTP over TLS", () => {
  let authority: Authority;
  const read = async ({ certificate, key }: CertificateFiles) => ({
    cert: await readFile(certificate),
    key: await readFile(key),
  });
  beforeAll(async () => {
    authority = await startAuthority();
  });
  afterAll(() => authority[Symbol.asyncDispose]());

  test.each([["starttls"], ["tls"]])(
    "%s: the certificate is judged, and nothing is said to one of nobody known",
    async (security) => {
      const good = await read(await authority.issue(["IP:127.0.0.1"]));
      const ending = await read(await authority.issue(["IP:127.0.0.1"], { untilMs: 10.5 * DAY_MS }));
      const implicit = security === "tls";
      const seen: string[] = [];
      await using server = await listen(mail({ tls: good, implicit, seen }));
      const healthy = await smtp(server.port, { security, ca: authority.ca });
      expect(healthy).toMatchObject({ health: "healthy" });
      expect([factOf(healthy, "trusted"), factOf(healthy, "extensions")]).toEqual([true, "SIZE 1000"]);
      await waitFor(() => seen.at(-1) === "QUIT", { describe: "the first one has left" });
      seen.length = 0;
      expect(await smtp(server.port, { security })).toMatchObject({
        health: "unhealthy",
        detail: "the certificate is of nobody known",
      });
      expect(seen).toEqual(implicit ? [] : ["EHLO muster-probe", "STARTTLS"]);
      expect(await smtp(server.port, { security, mustBeTrusted: false })).toMatchObject({ health: "healthy" });
      await using soon = await listen(mail({ tls: ending, implicit }));
      expect(await smtp(soon.port, { security, ca: authority.ca })).toMatchObject({
        health: "degraded",
        detail: "the certificate ends in 10 days",
      });
    },
  );
});

const ssh = (port: number, more: object = {}, timeoutMs = 5_000) =>
  look("ssh", { host: "127.0.0.1", port, ...more }, { timeoutMs });

describeSshd("SSH: a real OpenSSH server", () => {
  test("is healthy by its banner and its host key, also after it was started anew, and nobody logs in", async () => {
    await using server = await startSshd();
    const seen = await ssh(server.port, { text: "OpenSSH" });
    expect(seen).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^OpenSSH_\S+ .*in \d+ ms$/) });
    expect(factOf(seen, "protocol")).toBe("2.0");
    expect(await ssh(server.port, { text: "dropbear" })).toMatchObject({
      health: "unhealthy",
      detail: expect.stringMatching(/^it says OpenSSH_.* instead of dropbear$/),
    });
    const fingerprint = await server.fingerprint("ed25519");
    expect(await ssh(server.port, { fingerprint })).toMatchObject({ health: "healthy" });
    await server.cut();
    expect(await ssh(server.port)).toMatchObject({ health: "unhealthy", detail: "nothing listens there" });
    await server.restart("new-host-keys");
    const other = await server.fingerprint("ed25519");
    expect(await ssh(server.port, { fingerprint })).toMatchObject({
      health: "unhealthy",
      detail: `its host key is ${other} instead of ${fingerprint}`,
    });
    expect(server.output).not.toMatch(/Accepted|Failed/);
  });
});

test.each([
  ["silent", "it accepts connections and does not answer in time", 300],
  ["ended", "the connection was ended without an answer", 5_000],
  ["endless", "it says more than anybody reads", 5_000],
  ["many lines", "what answers is no SSH", 5_000],
  ["old", "protocol 1.5 instead of 2.0", 5_000],
  ["no SSH", "what answers is no SSH", 5_000],
])("SSH: %s", async (how, detail, timeoutMs) => {
  await using server = await listen((socket) => {
    if (how === "ended") socket.end();
    if (how === "endless") sayEndlessly(socket, "x");
    if (how === "many lines") sayEndlessly(socket, "x\r\n");
    if (how === "old") socket.write("SSH-1.5-old\r\n");
    if (how === "no SSH") socket.write("SSH-\r\n");
  });
  expect(await ssh(server.port, {}, timeoutMs)).toMatchObject({ health: "unhealthy", detail });
});

test.each([
  ["says nothing more", "it shows no host key in time", 400],
  ["says nonsense without end", "no host key could be agreed on", 5_000],
  ["ends", "no host key could be agreed on", 5_000],
])("SSH: one that presents itself and then %s has no host key", async (how, detail, timeoutMs) => {
  await using server = await listen((socket) => {
    socket.write("SSH-2.0-fake\r\n");
    socket.once("data", () => {
      if (how === "ends") socket.end();
      if (how === "says nonsense without end") sayEndlessly(socket, "\u0000");
    });
  });
  expect(await ssh(server.port, { fingerprint: "SHA256:x" }, timeoutMs)).toMatchObject({ health: "unhealthy", detail });
});
