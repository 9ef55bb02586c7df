import { afterEach, beforeEach, expect, test } from "vitest";
import { GROUP, telegramWorld } from "./telegram-world.ts";
import type { TelegramWorld } from "./telegram-world.ts";
import type { Client } from "./harness.ts";
import { TELEGRAM_CANARY } from "./vendor-telegram.ts";

let world: TelegramWorld;
let admin: Client;
beforeEach(async () => {
  world = await telegramWorld({ hasRules: true });
  admin = world.hub.sessionOf("admin");
});
afterEach(() => world[Symbol.asyncDispose]());

const SETTINGS = "/telegram/settings";
const put = (body: object, client = admin) => client.ask("PUT", SETTINGS, { body });
const thresholds = { ram_used_percent: 92, disk_usage_percent: 85, cpu_temperature_c: 85 };
const rule = async (origin: string) =>
  (await admin.get("/api/v1/rules")).json.items.find((one: { origin: string }) => one.origin === origin);

test("[CP18] [CP13] S4's settings are those of the first Telegram notifier and of our rules, without the token", async () => {
  const shown = { bot_token: null, default_chat_id: String(GROUP), warn_thresholds: thresholds, is_active: true };
  for (const path of [SETTINGS, `/compat/s4${SETTINGS}`]) expect((await admin.get(path)).json).toEqual(shown);
  await world.addBot("second", { chatId: "7", commands: true });
  expect((await admin.get(SETTINGS)).json).toEqual(shown);

  expect((await put({ is_active: false })).json).toEqual({ ...shown, is_active: false });
  expect((await put({ is_active: true })).json).toEqual(shown);
  const changed = await put({ warn_thresholds: { ram_used_percent: 80 } });
  expect(changed.json.warn_thresholds).toEqual({ ...thresholds, ram_used_percent: 80 });
  const { condition } = await rule("memory");
  expect(condition.levels).toEqual([
    { severity: "warning", threshold: 0.8 },
    { severity: "error", threshold: 0.98 },
  ]);
  expect(condition.clearAt).toBeCloseTo(0.76);
  for (const action of ["rule.change", "notifier.change"])
    expect((await world.auditRows(action)).length, action).toBeGreaterThan(0);

  // What would be another place needs the token again, as everywhere.
  const elsewhere = await put({ default_chat_id: -100_999 });
  expect([elsewhere.status, elsewhere.json]).toEqual([400, { detail: expect.stringContaining("secret") }]);
  const { bot } = world;
  expect((await put({ default_chat_id: GROUP, bot_token: bot.token })).status).toBe(200);
  for (const answer of world.hub.answers) expect(answer).not.toContain(TELEGRAM_CANARY);
});

test("[CP18] what cannot be meant is refused by its name, and changes nothing", async () => {
  const before = (await admin.get(SETTINGS)).json;
  const wrong = await put({ is_active: false, warn_thresholds: { ram_used_percent: 50, cpu_load_one: 4 } });
  expect([wrong.status, wrong.json.detail]).toEqual([400, expect.stringContaining("warn_thresholds.cpu_load_one")]);
  // A rule's levels go from the mildest to the worst.
  const above = await put({ is_active: false, warn_thresholds: { ram_used_percent: 99 } });
  expect([above.status, above.json.detail]).toEqual([400, expect.stringContaining("ram_used_percent")]);
  const { id } = await rule("temperature");
  await admin.ask("DELETE", `/api/v1/rules/${id}`);
  const gone = await put({ warn_thresholds: { cpu_temperature_c: 70 } });
  expect([gone.status, gone.json.detail]).toEqual([400, expect.stringContaining("is not there any more")]);
  const { cpu_temperature_c: _gone, ...left } = before.warn_thresholds;
  expect((await admin.get(SETTINGS)).json).toEqual({ ...before, warn_thresholds: left });
});

test("[CP18] one is made where there is none, with its token and chat", async () => {
  await admin.ask("DELETE", `/api/v1/notifiers/${world.notifierId}`);
  const none = { bot_token: null, default_chat_id: null, warn_thresholds: thresholds, is_active: false };
  expect((await admin.get(SETTINGS)).json).toEqual(none);
  expect((await put({ is_active: true })).status).toBe(400);
  for (const report of ["stats", "warn"]) expect((await admin.post(`/telegram/send/${report}`)).status).toBe(404);
  const made = await put({ bot_token: world.bot.token, default_chat_id: String(GROUP), is_active: false });
  expect(made.json).toEqual({ ...none, default_chat_id: String(GROUP) });
  const [{ kind, isEnabled, hasSecret }] = (await admin.get("/api/v1/notifiers")).json.items;
  expect([kind, isEnabled, hasSecret]).toEqual(["telegram", false, true]);
});

test("[CP18] [TGB54] statistics and warnings are sent by hand to its chat, by whoever may see and send them", async () => {
  const stats = await admin.post("/telegram/send/stats");
  expect(stats.json).toEqual({ status: "sent", message: expect.stringContaining("0 of 2 servers online") });
  expect(world.bot.messages.at(-1)).toMatchObject({ chatId: GROUP, text: expect.stringContaining("alpha: waiting") });
  expect((await admin.post("/compat/s4/telegram/send/warn")).json).toEqual({
    ...{ status: "sent", message: "Nothing is wrong." },
  });
  const path = `/api/v1/notifiers/${world.notifierId}/messages`;
  expect((await admin.post(path, { report: "warn", language: "ru" })).json).toMatchObject({
    ...{ outcome: "sent", text: "Всё в порядке." },
  });
  for (const body of [{}, { text: "x", report: "warn" }]) expect((await admin.post(path, body)).status).toBe(400);
  const rows = await world.auditRows("notifier.say");
  expect(rows.map(({ args }) => (args as { report?: string }).report)).toEqual(["warn", "warn", "stats"]);
  // Whoever may send, and may not see what is sent, sends nothing.
  const count = world.bot.messages.length;
  const token = await world.hub.tokenOf("admin", ["notifiers.write", "notifiers.read"]);
  for (const report of ["stats", "warn"]) {
    expect((await token.post(path, { report })).status).toBe(403);
    expect((await token.post(`/telegram/send/${report}`)).status).toBe(403);
  }
  expect(world.bot.messages).toHaveLength(count);
  world.telegram.fail("sendMessage", { status: 500 });
  const failed = await admin.post("/telegram/send/stats");
  expect([failed.status, failed.json]).toEqual([502, { detail: expect.stringContaining("Telegram did not take it") }]);
});

test("[CP7] a call that brings no secret is from nobody: S4's webhook is not served", async () => {
  const answer = await admin.post("/telegram/webhook", { update_id: 1 });
  expect([answer.status, answer.json.detail]).toEqual([501, expect.stringContaining("/api/v1/telegram/{id}")]);
  expect((await world.hub.client().post("/telegram/webhook", {})).status).toBe(401);
});
