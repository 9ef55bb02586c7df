import { HOUR_MS } from "@muster/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { worldOf } from "./alert-world.ts";
import type { AlertWorld } from "./alert-world.ts";
import { wireService } from "./harness.ts";
import { answer, GROUP, groupChat, nextCore, telegramWorld, tellServices } from "./telegram-world.ts";
import type { TelegramWorld } from "./telegram-world.ts";
import { TELEGRAM_CANARY } from "./vendor-telegram.ts";
import type { ShownMessage } from "./vendor-telegram.ts";

const OLGA = { id: 4_242, chat: groupChat };
const VERA = { id: 111, chat: groupChat };
const CPU = {
  condition: {
    is: "metric",
    metric: "cpu_busy_ratio",
    levels: [{ severity: "warning", threshold: 0.8 }],
    clearAt: 0.7,
  },
  ...{ forMs: 0, clearForMs: 10_000 },
};

let world: TelegramWorld;
let alerts: AlertWorld;
beforeEach(async () => {
  world = await telegramWorld({ hasRules: true });
  alerts = worldOf(world.hub);
  await world.bind("operator", { id: OLGA.id });
  await world.bind("viewer", { id: VERA.id });
});
afterEach(() => world[Symbol.asyncDispose]());

/** Messages about incidents, without what was answered to people. */
const told = (): readonly ShownMessage[] =>
  world.bot.messages.filter(({ chatId, text }) => chatId === GROUP && text.includes("Since: "));

async function cpuIncident(): Promise<ShownMessage> {
  await alerts.server("web");
  await alerts.onlyRule(CPU);
  alerts.says("web", { cpu_percent: 90 });
  await alerts.until(() => told().length === 1, "it is told");
  return told()[0]!;
}

describe("an incident's message", () => {
  test("[TGB50] can be acknowledged and put off by whoever may, and is one message that says how things are", async () => {
    const message = await cpuIncident();
    expect(message.keys.map(({ text }) => text)).toEqual(["Acknowledge", "Snooze 1 h", "Chart"]);
    expect(await world.press({ id: 666, chat: groupChat }, message, "Acknowledge")).toContain("people who are bound");
    expect(await world.press(VERA, message, "Acknowledge")).toBe("Your role does not allow this.");
    expect(await alerts.incidents()).toMatchObject([{ acknowledged: null, snoozedUntil: null }]);
    const until = world.hub.clock.now() + HOUR_MS;
    expect(await world.press(OLGA, message, "Snooze 1 h")).toContain("Snoozed until");
    await world.until(() => message.edits === 1, "the message says so");
    await world.press(OLGA, message, "Snooze 1 h");
    await world.quiet();
    expect(message.text.match(/Snoozed until .* UTC by operator/g)).toHaveLength(1);
    expect((await alerts.incidents())[0]!["snoozedUntil"]).toBeGreaterThanOrEqual(until);
    expect(message.keys.map(({ text }) => text)).toEqual(["Acknowledge", "Snooze 1 h", "Chart"]);
    expect(await world.press(OLGA, message, "Acknowledge")).toContain("Acknowledged: web: CPU 90 %");
    await alerts.until(() => message.text.includes("Acknowledged by operator (Telegram 4242)"), "the message says so");
    expect(message.keys.map(({ text }) => text)).toEqual(["Chart"]);
    alerts.says("web", { cpu_percent: 10 });
    await alerts.until(() => message.text.startsWith("Resolved: "), "the message says that it is over");
    expect(told()).toHaveLength(1);
    for (const action of ["incident.acknowledge", "incident.snooze"])
      expect((await world.auditRows(action)).map(({ door, decision }) => [door, decision])).toContainEqual([
        ...["telegram", "allowed"],
      ]);
  });

  test("[TGB55] its numbers come as a picture to whoever may see them, by a key that stays", async () => {
    const message = await cpuIncident();
    expect(await world.press({ id: 666, chat: groupChat }, message, "Chart")).toContain("people who are bound");
    const before = world.bot.messages.length;
    await world.press(VERA, message, "Chart");
    await world.until(() => world.bot.messages.length > before, "it is shown");
    const shown = world.bot.messages.at(-1)!;
    expect(shown.text).toContain("web: CPU 90 %");
    expect(shown.picture!.readUInt32BE(20), "one panel").toBe(240);
    expect(message.keys.map(({ text }) => text)).toContain("Chart");
    for (const answer of [...world.hub.answers, ...world.hub.logs]) expect(answer).not.toContain(TELEGRAM_CANARY);
  });

  test("[TGB51] [AZ-05] what it suggests is done only by who holds the right to it, after a plan of their own", async () => {
    await using agent = await world.agent();
    const failed = wireService({ state: "failed", rawState: "failed", health: "unhealthy" });
    const beat = async (): Promise<void> => {
      tellServices(agent, [failed]);
      await alerts.pass(5);
    };
    while (told().length === 0) await beat();
    const [message] = told();
    expect(message!.keys.map(({ text }) => text)).toEqual(["Acknowledge", "Snooze 1 h", "Chart", "Logs", "Restart"]);
    const before = world.bot.messages.length;
    await world.press(VERA, message!, "Restart");
    await world.until(() => world.bot.messages.length > before, "it is refused");
    expect(world.bot.messages.at(-1)!.text).toBe("Your role does not allow this.");
    await world.press(OLGA, message!, "Restart");
    await world.until(() => world.bot.messages.at(-1)!.text.startsWith("Restart nginx.service on alpha?"), "a plan");
    const plan = world.bot.messages.at(-1)!;
    expect(await world.press(VERA, plan, "Confirm")).toBe("This button is for somebody else.");
    await world.press(OLGA, plan, "Confirm");
    const { cmd } = await nextCore(agent);
    answer(agent, world.hub.servers[0]!, cmd);
    await world.until(
      () => plan.text.includes("Succeeded"),
      () => plan.text,
    );
    // The evidence has read the log, too.
    const opens = () => agent.frames.flatMap((frame) => (frame.t === "open" ? [frame] : []));
    const opened = opens().length;
    await world.press(OLGA, message!, "Logs");
    await world.until(() => opens().length > opened, "the log is asked for");
    const open = opens().at(-1)!;
    agent.send({
      t: "items",
      id: open.id,
      items: [{ at: 1, cursor: "c", level: 6, text: "no such file", stream: null }],
    });
    agent.send({ t: "end", id: open.id, error: "" });
    await world.until(
      () => world.bot.messages.at(-1)!.text.includes("no such file"),
      () => world.bot.messages.at(-1)!.text,
    );
  });

  test("[TGB52] commands acknowledge and silence too; a number means what the chat was shown under it", async () => {
    await cpuIncident();
    const person = { id: OLGA.id };
    const ask = async (line: string, who: { readonly id: number } = person): Promise<string> =>
      (await world.ask(who, line)).text;
    expect(await ask("/ack 1")).toContain("There is no such incident");
    expect(await ask("/warn")).toBe("1. WARNING web: CPU 90 % (above 80 %)");
    expect(await ask("/ack 1", { id: VERA.id })).toContain("There is no such incident");
    expect(await ask("/incidents", { id: VERA.id })).toContain("1. WARNING web");
    expect(await ask("/ack 1", { id: VERA.id })).toBe("Your role does not allow this.");
    expect(await ask("/ack 1")).toContain("Acknowledged: web: CPU 90 %");
    expect(await ask("/incidents")).toContain("acknowledged by operator (Telegram 4242)");
    await world.hub.clock.advance(60_000);
    expect(await ask("/silence web 60")).toContain("/silence web 60 new disk");
    expect(await ask("/silence web 0 x")).toContain("Like this");
    // [SR-10] Line ends of a text are no line ends of anything else.
    expect(await ask("/silence web 60 new\r\nBcc: disk")).toMatch(/^Nothing is told of web until /);
    expect((await alerts.admin.get("/api/v1/silences")).json.items).toMatchObject([
      { reason: "new Bcc: disk", author: "operator (Telegram 4242)", isActive: true },
    ]);
    expect(await alerts.incidents()).toMatchObject([{ isHeld: true }]);
    expect(await ask("/silence web 60 x", { id: VERA.id })).toBe("Your role does not allow this.");
  });

  test("[TGB53] where commands are off there are no buttons and nobody is listened to", async () => {
    const admin = world.hub.sessionOf("admin");
    await admin.ask("PATCH", `/api/v1/notifiers/${world.notifierId}`, {
      body: { settings: { chatId: String(GROUP), apiUrl: world.telegram.url } },
    });
    await world.until(() => world.bot.waiting === 0, "nobody asks any more");
    const message = await cpuIncident();
    expect(message.keys).toEqual([]);
    expect(world.bot.waiting).toBe(0);
  });
});

describe("messages by hand", () => {
  test("[TGB54] go to the notifier's chat as plain text, with who sent them in the audit log", async () => {
    const admin = world.hub.sessionOf("admin");
    const path = `/api/v1/notifiers/${world.notifierId}/messages`;
    const sent = await admin.post(path, { text: "Maintenance *tonight* at ten" });
    expect(sent.json).toMatchObject({ outcome: "sent", detail: "" });
    expect(world.bot.messages.at(-1)).toMatchObject({ chatId: GROUP, text: "Maintenance *tonight* at ten" });
    expect(await world.auditRows("notifier.say")).toMatchObject([{ actor: "admin", decision: "allowed" }]);
    expect((await world.hub.sessionOf("operator").post(path, { text: "x" })).status).toBe(403);
    expect((await admin.post(path, { text: " " })).status).toBe(400);
    const log = await admin.post("/api/v1/notifiers", { kind: "log", name: "log", settings: {} });
    expect((await admin.post(`/api/v1/notifiers/${log.json.id}/messages`, { text: "x" })).code).toBe("CONFLICT");
  });
});
