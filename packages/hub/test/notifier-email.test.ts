import { needs, startAuthority } from "@muster/testkit";
import type { Authority } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  describeNotifier,
  expectNothingSecret,
  innerAnswer,
  NOTICE,
  noticeOf,
  notifierOf,
  OURS,
} from "./notifier.contract.ts";
import type { Fault } from "./notifier.contract.ts";
import { isEscapedHtml, secretOf } from "./vendor-arena.ts";
import { headerText, startMailServer } from "./vendor-mail.ts";
import type { Mail, MailFault } from "./vendor-mail.ts";

const PASSWORD = secretOf(24);
const SETTINGS = {
  host: "127.0.0.1",
  user: "muster",
  from: "muster@example.org",
  to: ["anna@example.org", "ops@example.org"],
};
const FAULTS: Readonly<Record<Fault, MailFault>> = {
  refusal: { at: "data", code: 554, text: innerAnswer(PASSWORD) },
  unauthorized: { at: "auth", code: 535, text: innerAnswer(PASSWORD) },
  forbidden: { at: "from", code: 553, text: innerAnswer(PASSWORD) },
  busy: { at: "to", code: 450, text: innerAnswer(PASSWORD) },
  broken: { at: "data", code: 451, text: innerAnswer(PASSWORD) },
  ...{ hang: "silent", trickle: "stuck", reset: "reset", garbage: "garbage", huge: "huge", unreadable: "http" },
};
/** All headers that a mail may have; a name that brings another one is found by it. */
const HEADERS = new Set(
  "from to subject message-id date mime-version content-type auto-submitted x-auto-response-suppress in-reply-to references".split(
    " ",
  ),
);

const textsOf = (mail: Mail): readonly string[] => [
  headerText(mail, "subject"),
  mail.parts["text/plain"] ?? "",
  (mail.parts["text/html"] ?? "")
    .replaceAll(/<\/?(?:p|strong)>|<br>/g, "")
    .replace(`<a href="${OURS}">Open in Muster</a>`, OURS),
];

describeNotifier({
  kind: "email",
  knowsItsVendor: true,
  busyWaitMs: undefined,
  async start(certificate) {
    const server = await startMailServer({ user: "muster", password: PASSWORD, ...(certificate && { certificate }) });
    return {
      settings: { ...SETTINGS, port: server.port, security: certificate === undefined ? "none" : "starttls" },
      secret: PASSWORD,
      told: () => server.mails.map((mail) => ({ texts: textsOf(mail), sameness: headerText(mail, "message-id") })),
      count: () => server.connections(),
      setFault: (fault) => server.setFault(fault && FAULTS[fault]),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
});

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

describe("mails", () => {
  test("of one incident name the same mail as what they answer, and each has its own name", async () => {
    await using server = await startMailServer({ user: "muster", password: PASSWORD });
    const notifier = notifierOf("email", {
      settings: { ...SETTINGS, port: server.port, security: "none" },
      secret: PASSWORD,
    });
    for (const notice of [
      noticeOf("opened"),
      noticeOf("resolved"),
      { ...NOTICE, incidentId: "i2", key: "i2-1" },
      noticeOf("test"),
    ])
      await notifier.deliver(notice, undefined, soon());
    const [opened, resolved, other, trial] = server.mails;
    const references = (mail: Mail | undefined) => headerText(mail!, "references");
    expect(references(opened)).toMatch(/^<incident\.[0-9a-f]{32}@example\.org>$/);
    expect(references(resolved)).toBe(references(opened));
    expect(headerText(resolved!, "in-reply-to")).toBe(references(opened));
    expect(references(other)).not.toBe(references(opened));
    expect(references(trial)).toBe("");
    expect(new Set(server.mails.map((mail) => headerText(mail, "message-id"))).size).toBe(4);
    expect(opened).toMatchObject({ from: SETTINGS.from, to: SETTINGS.to, user: "muster" });
    expect(headerText(opened!, "subject")).toBe(`CRITICAL ${NOTICE.title}`);
    expect(headerText(opened!, "date")).toBe("Tue, 14 Nov 2023 22:14:20 +0000");
    expect(opened!.parts["text/plain"]).toContain(OURS);
  });

  test("[SR-10] [XS-01] names make no header, recipient or tag", async () => {
    await using server = await startMailServer({ user: "muster", password: PASSWORD });
    const names = [
      "x\r\nBcc: evil@evil.example\r\n\r\nbody",
      "<script>alert(1)</script>",
      "=?utf-8?q?x=0ABcc:_y?=",
      "é\u2028".repeat(300),
    ];
    for (const name of names) {
      const settings = { ...SETTINGS, port: server.port, security: "none", fromName: name.replaceAll(/[\r\n]/g, "") };
      const notice = { ...NOTICE, title: name, ruleName: name, lines: [name], acknowledgedBy: name };
      expect(await notifierOf("email", { settings, secret: PASSWORD }).deliver(notice, undefined, soon())).toEqual({
        outcome: "sent",
      });
    }
    for (const mail of server.mails) {
      expect(mail.to).toEqual(SETTINGS.to);
      for (const [name] of mail.headers) expect(HEADERS).toContain(name);
      expect(new Set(mail.headers.map(([name]) => name)).size).toBe(mail.headers.length);
      expect(isEscapedHtml(textsOf(mail)[2]!)).toBe(true);
      expect(headerText(mail, "subject").length).toBeLessThanOrEqual(200);
    }
  });

  test.each<readonly [string, MailFault, string, string]>([
    ["a wrong login", { at: "auth", code: 535, text: "" }, "the login was refused with 535", "lasting"],
    ["a login that is put off", { at: "auth", code: 454, text: "" }, "the login was refused with 454", "later"],
    ["a sender", { at: "from", code: 553, text: "" }, "sender or recipients were refused with 553", "lasting"],
    ["recipients", { at: "to", code: 550, text: "" }, "sender or recipients were refused with 550", "lasting"],
    ["a grey list", { at: "to", code: 451, text: "" }, "sender or recipients were refused with 451", "later"],
    ["a mail", { at: "data", code: 552, text: "" }, "the mail was refused with 552", "never"],
    ["what is no mail server", "http", "what answers is no mail server", "later"],
  ])("%s: what is told says which", async (_what, fault, detail, retry) => {
    await using server = await startMailServer({ user: "muster", password: PASSWORD });
    server.setFault(fault);
    const notifier = notifierOf("email", {
      settings: { ...SETTINGS, port: server.port, security: "none" },
      secret: PASSWORD,
    });
    expect(await notifier.deliver(NOTICE, undefined, soon())).toEqual({ outcome: "failed", detail, retry });
    expect(server.mails).toEqual([]);
  });

  test("a password is said to nobody who does not offer STARTTLS", async () => {
    await using server = await startMailServer({ user: "muster", password: PASSWORD });
    const notifier = notifierOf("email", { settings: { ...SETTINGS, port: server.port }, secret: PASSWORD });
    const delivery = await notifier.deliver(NOTICE, undefined, soon());
    expect(delivery).toEqual({ outcome: "failed", detail: "no secure connection could be agreed on", retry: "later" });
    expectNothingSecret(delivery, notifier.logged());
    expect(server.mails).toEqual([]);
  });

  test.each([[[]], [["nobody"]], [["a@b@c"]], [["@"]]])("to %j go nowhere, and not again", async (to) => {
    await using server = await startMailServer({ user: "muster", password: PASSWORD });
    const settings = { ...SETTINGS, to, port: server.port, security: "none" };
    const delivery = await notifierOf("email", { settings, secret: PASSWORD }).deliver(NOTICE, undefined, soon());
    expect(delivery).toMatchObject({ outcome: "failed", retry: "lasting" });
    expect(server.mails).toEqual([]);
  });

  test("go without a login where there is no user", async () => {
    await using server = await startMailServer({});
    const settings = { ...SETTINGS, user: "", port: server.port, security: "none" };
    expect(await notifierOf("email", { settings, secret: undefined }).deliver(NOTICE, undefined, soon())).toEqual({
      outcome: "sent",
    });
    expect(server.mails).toMatchObject([{ user: undefined, secure: false }]);
  });
});

const describeTls = await needs("openssl");

describeTls("mails over TLS", () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await startAuthority();
  });
  afterAll(() => authority[Symbol.asyncDispose]());

  test.each([["starttls"], ["tls"]])("%s: only to a server whose certificate is good", async (security) => {
    const how = { user: "muster", password: PASSWORD, implicit: security === "tls" };
    await using good = await startMailServer({ ...how, certificate: await authority.issue(["IP:127.0.0.1"]) });
    await using expired = await startMailServer({
      ...how,
      certificate: await authority.issue(["IP:127.0.0.1"], { untilMs: -60_000 }),
    });
    await using other = await startMailServer({ ...how, certificate: await authority.issue(["DNS:mail.example"]) });
    const deliver = (port: number, ca: string) =>
      notifierOf("email", { settings: { ...SETTINGS, port, security, ca }, secret: PASSWORD }).deliver(
        NOTICE,
        undefined,
        soon(),
      );
    expect(await deliver(good.port, authority.ca)).toEqual({ outcome: "sent" });
    expect(good.mails).toMatchObject([{ user: "muster", secure: true }]);
    expect(await deliver(good.port, "")).toMatchObject({
      detail: "the certificate is of nobody known",
      retry: "later",
    });
    expect(await deliver(expired.port, authority.ca)).toMatchObject({
      detail: "the certificate has expired or is not valid yet",
    });
    expect(await deliver(other.port, authority.ca)).toMatchObject({ detail: "the certificate is for another name" });
    expect([good.mails.length, expired.mails, other.mails]).toEqual([1, [], []]);
  });
});
