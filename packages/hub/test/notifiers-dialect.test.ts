import type { Notice } from "@muster/core";
import { describe, expect, test } from "vitest";
import { CANARY, NOTICE, noticeOf, notifierOf } from "./notifier.contract.ts";
import { secretOf } from "./vendor-arena.ts";
import { startVendor } from "./vendor-http.ts";
import type { VendorReply, VendorRequest, VendorServer } from "./vendor-http.ts";

const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const TOKEN = `123456:${secretOf(35)}`;
const sent = (id: number): VendorReply => ({ status: 200, body: { ok: true, result: { message_id: id } } });
const refused = (code: number, description: string, parameters: object = {}): VendorReply => ({
  status: code,
  body: { ok: false, error_code: code, description, parameters },
});
const telegram = ({ url }: VendorServer, more: object = {}) =>
  notifierOf("telegram", { settings: { chatId: "-100200", apiUrl: url, ...more }, secret: TOKEN });
const methodOf = ({ path }: VendorRequest): string => path.slice(path.lastIndexOf("/") + 1);

describe("Telegram", () => {
  test("what calls for nobody only edits, the rest edits and answers, and the first message keeps its name", async () => {
    await using vendor = await startVendor(() => sent(7));
    const notifier = telegram(vendor);
    const asked = async (kind: Notice["kind"]): Promise<readonly string[]> => {
      vendor.requests.length = 0;
      expect(await notifier.deliver(noticeOf(kind), "5", soon())).toEqual({
        ...{ outcome: "sent", ref: kind === "opened" || kind === "test" ? "7" : "5" },
      });
      return vendor.requests.map(methodOf);
    };
    for (const kind of ["acknowledged", "grown"] as const) expect(await asked(kind)).toEqual(["editMessageText"]);
    for (const kind of ["opened", "test"] as const) expect(await asked(kind)).toEqual(["sendMessage"]);
    for (const kind of ["escalated", "reopened", "reminder", "resolved"] as const) {
      expect(await asked(kind)).toEqual(["editMessageText", "sendMessage"]);
      expect(vendor.requests[1]?.json["reply_parameters"]).toEqual({
        message_id: 5,
        allow_sending_without_reply: true,
      });
    }
  });

  test("an answer that failed is tried again without a second message: the edit before it changes nothing", async () => {
    await using vendor = await startVendor(() => sent(7));
    const notifier = telegram(vendor);
    vendor.setFault(undefined, { status: 500 });
    expect(await notifier.deliver(noticeOf("resolved"), "5", soon())).toMatchObject({
      outcome: "failed",
      retry: "later",
    });
    vendor.setFault(refused(400, "Bad Request: message is not modified: x"), undefined);
    expect(await notifier.deliver(noticeOf("resolved"), "5", soon())).toEqual({ outcome: "sent", ref: "5" });
    expect(vendor.requests.map(methodOf)).toEqual(["editMessageText", "sendMessage", "editMessageText", "sendMessage"]);
  });

  test("an edit that may work later is not told anew", async () => {
    await using vendor = await startVendor(() => sent(9));
    vendor.setFault({ status: 502 }, undefined);
    expect(await telegram(vendor).deliver(noticeOf("grown"), "5", soon())).toMatchObject({
      outcome: "failed",
      retry: "later",
    });
    expect(vendor.requests.length).toBe(1);
  });

  test("a message that is gone is told anew", async () => {
    await using vendor = await startVendor(() => sent(9));
    vendor.setFault(refused(400, "Bad Request: message to edit not found"), undefined);
    expect(await telegram(vendor).deliver(noticeOf("acknowledged"), "5", soon())).toEqual({
      outcome: "sent",
      ref: "9",
    });
  });

  test("[TG-03] a group that moved is followed once, which the log says without the token", async () => {
    await using vendor = await startVendor(() => sent(9));
    const moved = refused(400, "Bad Request: group chat was upgraded", { migrate_to_chat_id: -100300 });
    vendor.setFault(moved, undefined);
    const notifier = telegram(vendor);
    expect(await notifier.deliver(NOTICE, undefined, soon())).toEqual({ outcome: "sent", ref: "9" });
    expect(vendor.requests.map(({ json }) => json["chat_id"])).toEqual(["-100200", "-100300"]);
    expect(notifier.logged()).toContain("-100300");
    expect(notifier.logged()).not.toContain(CANARY);
    vendor.setFault(moved);
    vendor.requests.length = 0;
    expect(await notifier.deliver(NOTICE, undefined, soon())).toMatchObject({
      ...{ outcome: "failed", retry: "never", detail: expect.stringContaining("-100300") as string },
    });
    expect(vendor.requests.length).toBe(2);
  });

  test.each([
    [403, "Forbidden: bot was blocked by the user", "the bot was blocked by this person"],
    [403, "Forbidden: bot was kicked from the supergroup chat", "the bot was removed from this group"],
    [400, "Bad Request: chat not found", "there is no such chat, or nobody in it has written to the bot yet"],
    [401, "Unauthorized", "answered with status 401: the secret is not accepted"],
  ])("%i %s: never again, and why is said in our words", async (code, description, detail) => {
    await using vendor = await startVendor(() => refused(code, description));
    expect(await telegram(vendor).deliver(NOTICE, undefined, soon())).toEqual({
      outcome: "failed",
      detail,
      retry: "lasting",
    });
  });

  test("a topic is written to", async () => {
    await using vendor = await startVendor(() => sent(9));
    await telegram(vendor, { threadId: 42 }).deliver(NOTICE, undefined, soon());
    expect(vendor.requests[0]?.json).toMatchObject({
      message_thread_id: 42,
      link_preview_options: { is_disabled: true },
    });
  });

  test("a token that is none goes nowhere else", async () => {
    await using vendor = await startVendor(() => refused(404, "Not Found"));
    const settings = { chatId: "1", apiUrl: `${vendor.url}/` };
    const notifier = notifierOf("telegram", { settings, secret: "1:a/../../x?y#z\r\n" });
    expect(await notifier.deliver(NOTICE, undefined, soon())).toMatchObject({ outcome: "failed", retry: "lasting" });
    expect(vendor.requests[0]?.path).toBe("/bot1:a%2F..%2F..%2Fx%3Fy%23z%0D%0A/sendMessage");
  });
});

test("Discord: a message that was deleted is told anew, and the address keeps its thread", async () => {
  await using vendor = await startVendor(({ method }) =>
    method === "PATCH" ? { status: 404, body: { code: 10_008 } } : { status: 200, body: { id: "77" } },
  );
  const secret = `${vendor.url}/api/webhooks/1/${secretOf(60)}?thread_id=4`;
  const notifier = notifierOf("discord", { settings: { channel: "x" }, secret });
  expect(await notifier.deliver(noticeOf("grown"), "5", soon())).toEqual({ outcome: "sent", ref: "77" });
  expect(vendor.requests.map(({ method, query }) => [method, query.get("thread_id"), query.get("wait")])).toEqual([
    ["PATCH", "4", null],
    ["POST", "4", "true"],
  ]);
});

test.each([["slack"], ["discord"], ["teams"], ["mattermost"]] as const)(
  "%s: a secret that is no address is a mistake in the settings",
  async (kind) => {
    for (const secret of ["", "hooks.example/x", "file:///etc/passwd"])
      expect(await notifierOf(kind, { settings: { channel: "x" }, secret }).deliver(NOTICE, undefined, soon())).toEqual(
        {
          ...{ outcome: "failed", detail: "the address is not valid", retry: "lasting" },
        },
      );
  },
);

test("Matrix: an edit and its answer have names of their own, the same at each attempt", async () => {
  await using vendor = await startVendor(() => ({ status: 200, body: { event_id: "$e" } }));
  const settings = { homeserver: vendor.url, roomId: "!r:x" };
  const notifier = notifierOf("matrix", { settings, secret: secretOf(30) });
  for (let attempt = 0; attempt < 2; attempt++) await notifier.deliver(noticeOf("resolved", "k/1"), "$first", soon());
  expect(vendor.requests.map(methodOf)).toEqual(["k%2F1-edit", "k%2F1-reply", "k%2F1-edit", "k%2F1-reply"]);
  expect(vendor.requests[0]?.json["m.relates_to"]).toEqual({ rel_type: "m.replace", event_id: "$first" });
  expect(vendor.requests[1]?.json["m.relates_to"]).toEqual({ "m.in_reply_to": { event_id: "$first" } });
});

test("PagerDuty: each kind of notice is an act upon one alert", async () => {
  await using vendor = await startVendor(() => ({ status: 202, body: { status: "success" } }));
  const notifier = notifierOf("pagerduty", { settings: { apiUrl: vendor.url }, secret: secretOf(32) });
  const kinds = ["opened", "grown", "escalated", "reminder", "acknowledged", "resolved", "reopened", "test"] as const;
  for (const kind of kinds) await notifier.deliver(noticeOf(kind), undefined, soon());
  const said = vendor.requests.map(({ json }) => [json["event_action"], json["dedup_key"]]);
  expect(said).toEqual([
    ...["trigger", "trigger", "trigger", "trigger", "acknowledge", "resolve", "trigger"].map((action) => [
      action,
      "i1",
    ]),
    ["trigger", "i1-test"],
  ]);
});

test("Opsgenie: an alert is raised, acknowledged and closed by its alias", async () => {
  await using vendor = await startVendor(() => ({ status: 202, body: {} }));
  const notifier = notifierOf("opsgenie", { settings: { apiUrl: vendor.url }, secret: secretOf(32) });
  for (const kind of ["opened", "escalated", "acknowledged", "resolved"] as const)
    await notifier.deliver(noticeOf(kind), undefined, soon());
  expect(vendor.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /v2/alerts",
    "PUT /v2/alerts/i1/priority",
    "POST /v2/alerts",
    "POST /v2/alerts/i1/acknowledge",
    "POST /v2/alerts/i1/close",
  ]);
  vendor.requests.length = 0;
  vendor.setFault({ status: 503 }, undefined);
  expect(await notifier.deliver(noticeOf("escalated"), undefined, soon())).toMatchObject({
    outcome: "failed",
    retry: "later",
  });
  expect(vendor.requests.length).toBe(1);
});

test("ntfy: a name and a password are told apart from a token, and nobody is nobody", async () => {
  await using vendor = await startVendor(() => ({ status: 200, body: {} }));
  for (const secret of ["anna:pass", "tk_x", undefined])
    await notifierOf("ntfy", { settings: { topic: "x", apiUrl: vendor.url }, secret }).deliver(
      NOTICE,
      undefined,
      soon(),
    );
  expect(vendor.requests.map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${Buffer.from("anna:pass").toString("base64")}`,
    "Bearer tk_x",
    undefined,
  ]);
});

test("[SR-10] a secret with a line break in it makes no header", async () => {
  await using vendor = await startVendor(() => ({ status: 200, body: { id: 1 } }));
  const notifier = notifierOf("gotify", { settings: { url: vendor.url }, secret: "x\r\nX-Evil: 1" });
  expect(await notifier.deliver(NOTICE, undefined, soon())).toMatchObject({ outcome: "failed", retry: "lasting" });
  expect(vendor.requests).toEqual([]);
});
