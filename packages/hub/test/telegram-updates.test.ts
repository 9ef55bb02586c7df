import { MINUTE_MS } from "@muster/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answer, GROUP, groupChat, nextCore, telegramWorld } from "./telegram-world.ts";
import type { TelegramWorld } from "./telegram-world.ts";
import { refused, TELEGRAM_CANARY } from "./vendor-telegram.ts";
import type { TelegramBot } from "./vendor-telegram.ts";

const OLGA = { id: 4_242 };

let world: TelegramWorld;
const alpha = () => world.hub.servers[0]!;
const state = async (id = world.notifierId): Promise<{ readonly is: string; readonly detail: string }> => {
  const { items } = (await world.hub.sessionOf("admin").get("/api/v1/notifiers")).json;
  return items.find((one: { readonly id: string }) => one.id === id).state;
};
const commands = (action = "service.restart"): number =>
  Number(world.hub.state.prepare("SELECT count(*) AS count FROM action WHERE action = ?").get(action)?.["count"]);
const texts = (bot: TelegramBot = world.bot): readonly string[] => bot.messages.map(({ text }) => text);

describe("updates that are fetched", () => {
  beforeEach(async () => {
    world = await telegramWorld();
    await world.bind("operator", OLGA);
    await world.hub.clock.advance(10_000);
  });
  afterEach(() => world[Symbol.asyncDispose]());

  test("[TGB30] each comes to something once, however often and in whatever order it is brought", async () => {
    world.bot.order = (updates) => [...updates.toReversed(), ...updates];
    const ids = [world.bot.write(OLGA, "/help"), world.bot.write(OLGA, "/servers"), world.bot.write(OLGA, "/warn")];
    await world.quiet();
    expect(
      texts()
        .slice(-3)
        .map((text) => text.slice(0, 6)),
    ).toEqual(["/stats", "alpha:", "Nothin"]);
    world.bot.order = (updates) => updates;
    // Telegram forgets that it brought them.
    for (const [index, text] of ["/help", "/servers"].entries())
      world.bot.bring({
        ...{ update_id: ids[index]! },
        message: { message_id: 1, date: 1, from: { id: OLGA.id }, chat: { id: OLGA.id, type: "private" }, text },
      });
    const before = texts().length;
    expect((await world.ask(OLGA, "/warn")).text).toBe("Nothing is wrong.");
    expect(texts()).toHaveLength(before + 1);
  });

  test("[TGB31] a line that breaks, hangs or carries nonsense is asked again, and no update is lost", async () => {
    world.telegram.fail("getUpdates", "reset", "garbage", { status: 502, body: "x" }, { status: 200, body: "<html>" });
    world.bot.breakOff();
    world.bot.write(OLGA, "/warn");
    await world.until(() => texts().at(-1) === "Nothing is wrong.", "it is answered");
    // Trickling for ever, until the time of one question is over.
    world.telegram.fail("getUpdates", "hang");
    world.bot.breakOff();
    world.bot.write(OLGA, "/servers");
    await world.hub.clock.advance(2_000);
    await world.hub.clock.advance(MINUTE_MS);
    await world.until(() => texts().at(-1)!.startsWith("alpha"), "it is answered");
    expect(await state()).toMatchObject({ is: "untried" });
  });

  test("[TGB32] that another fetches the same bot's updates stands in the notifier's state, until it does no more", async () => {
    const conflict = refused(409, "Conflict: terminated by other getUpdates request");
    world.telegram.fail("getUpdates", conflict, conflict);
    world.bot.breakOff();
    await world.until(async () => (await state()).is === "failing", "it is told");
    expect((await state()).detail).toBe("another program fetches the commands of this bot, or a webhook is set");
    expect((await world.ask(OLGA, "/warn")).text).toBe("Nothing is wrong.");
    await world.until(async () => (await state()).is === "untried", "it is over");
  });

  test("[TGB33] [TG-03] whatever goes wrong, the token is in no answer, log, state, audit row or message", async () => {
    world.telegram.fail("getUpdates", refused(401, `Unauthorized ${world.bot.token}`));
    world.telegram.fail("sendMessage", "reset", refused(403, `Forbidden ${world.bot.token}`), "garbage");
    world.bot.breakOff();
    for (const text of ["/warn", "/warn", "/warn", "/help"]) world.bot.write(OLGA, text);
    await world.until(() => texts().at(-1)!.startsWith("/stats"), "it speaks again");
    const admin = world.hub.sessionOf("admin");
    await admin.post(`/api/v1/notifiers/${world.notifierId}/test`);
    await admin.get("/api/v1/audit");
    await world.hub.stop();
    for (const lines of [world.hub.logs, world.hub.answers, texts()])
      expect(lines.join("\n")).not.toContain(TELEGRAM_CANARY);
  });

  test("[TGB34] told to wait it waits so long, and it is never faster than a chat allows", async () => {
    world.telegram.fail("sendMessage", refused(429, "Too Many Requests: retry after 7", { retry_after: 7 }));
    world.bot.write(OLGA, "/warn");
    const sends = (): number => world.telegram.requests.filter(({ path }) => path.endsWith("/sendMessage")).length;
    const before = sends();
    await world.until(() => sends() === before + 1, "it was tried");
    await world.hub.clock.advance(6_500);
    expect(sends()).toBe(before + 1);
    await world.until(() => texts().at(-1) === "Nothing is wrong.", "it is said");
    const startedAt = world.hub.clock.now();
    for (let count = 0; count < 20; count++) world.bot.write({ ...OLGA, chat: groupChat }, "/warn");
    await world.quiet();
    // Twenty a minute is what Telegram allows in a group.
    expect(world.hub.clock.now() - startedAt).toBeGreaterThan(50_000);
  });

  test("[TGB35] a restart between taking an update in and answering it repeats nothing, and tells so", async () => {
    const id = world.bot.write(OLGA, "/warn");
    await world.quiet();
    // As the hub's end in the middle leaves it: taken in, nothing said, and Telegram brings it once more.
    world.hub.state.prepare("UPDATE telegram_update SET ended_at = NULL WHERE update_id = ?").run(id);
    const before = texts().length;
    await world.restart();
    await world.until(() => texts().length > before, "it is told");
    await world.quiet();
    expect(texts().slice(before)).toEqual([expect.stringContaining("started anew")]);
    await world.restart();
    await world.quiet();
    expect(texts()).toHaveLength(before + 1);
    expect((await world.ask(OLGA, "/warn")).text).toBe("Nothing is wrong.");
  });

  test("[TGB36] the hub's end at any step of a confirmed restart never makes two of it", async () => {
    await using agent = await world.agent();
    const unpressed = await world.ask(OLGA, "/restart alpha nginx");
    const plan = await world.ask(OLGA, "/restart alpha nginx");
    const keys = [...plan.keys];
    const update = world.bot.press(OLGA, plan, "Confirm");
    const { cmd } = await nextCore(agent);
    // The server has it, and the hub ends before it hears of an outcome.
    await world.restart();
    await world.until(() => texts().some((text) => text.includes("started anew")), "it is told");
    agent.terminate();
    await using again = await world.agent(alpha());
    answer(again, alpha(), cmd);
    const repeated = world.bot.press(OLGA, { ...plan, keys }, "Confirm");
    await world.until(() => world.bot.answers.has(repeated), "it is answered");
    expect(world.bot.answers.get(repeated)).toBe("This was pressed already.");
    expect(world.bot.answers.has(update)).toBe(true);
    expect(commands()).toBe(1);
    // What nobody had pressed before is pressed after it.
    await world.press(OLGA, unpressed, "Confirm");
    await world.until(() => commands() === 2, "it is asked once");
    // A press that was taken in and spent, but not carried out: it never is.
    const spent = await world.ask(OLGA, "/restart alpha nginx");
    world.hub.state.prepare("UPDATE telegram_buttons SET used_at = 1 WHERE used_at IS NULL").run();
    expect(await world.press(OLGA, spent, "Confirm")).toBe("This was pressed already.");
    expect(commands()).toBe(2);
  });

  test("[TGB37] an update that the hub's disk does not take comes again and is not lost", async () => {
    world.hub.state.exec("CREATE TRIGGER full BEFORE INSERT ON telegram_update BEGIN SELECT RAISE(ABORT, 'full'); END");
    world.bot.write(OLGA, "/warn");
    await world.until(() => world.hub.logs.some((line) => line.includes("could not be taken in")), "it is logged");
    expect(world.bot.pending()).toHaveLength(1);
    world.hub.state.exec("DROP TRIGGER full");
    await world.until(() => texts().at(-1) === "Nothing is wrong.", "it is answered");
  });

  test("[TGB38] another bot in its place, and a change of settings, begin anew; switched off it asks no more", async () => {
    const admin = world.hub.sessionOf("admin");
    const path = `/api/v1/notifiers/${world.notifierId}`;
    const next = world.telegram.bot("second");
    await admin.ask("PATCH", path, { body: { secret: next.token } });
    await world.until(() => next.waiting > 0, "the other one is asked");
    await world.until(() => world.bot.waiting === 0, "the first one is not asked any more");
    // People stay who they are, whichever bot they write to.
    expect((await world.ask(OLGA, "/warn", next)).text).toBe("Nothing is wrong.");
    await admin.ask("PATCH", path, { body: { isEnabled: false } });
    await world.until(() => next.waiting === 0, "nobody is asked any more");
    const before = world.telegram.requests.length;
    await world.hub.clock.advance(5 * MINUTE_MS);
    expect(world.telegram.requests).toHaveLength(before);
    expect((await admin.get("/api/v1/me/telegram")).json.bots).toEqual([]);
    await admin.ask("PATCH", path, { body: { isEnabled: true } });
    await world.until(() => next.waiting > 0, "it is asked again");
    await admin.ask("DELETE", path);
    await world.until(() => next.waiting === 0, "nobody is asked any more");
    await world.hub.clock.advance(5 * MINUTE_MS);
    expect(next.waiting).toBe(0);
  });

  test("[TGB39] two bots have their own people, chats and buttons", async () => {
    const { bot: second, id } = await world.addBot("second", { chatId: "-100300" });
    expect((await world.ask(OLGA, "/warn", second)).text).toContain("people who are bound");
    await world.bind("admin", OLGA, second);
    await world.hub.clock.advance(MINUTE_MS);
    const plan = await world.ask(OLGA, "/restart alpha nginx");
    const pressId = second.press(OLGA, { ...plan, raw: plan.raw }, "Confirm");
    await world.until(() => second.answers.has(pressId), "it is answered");
    expect(second.answers.get(pressId)).toBe("This button does nothing any more.");
    expect(commands()).toBe(0);
    second.write({ ...OLGA, chat: groupChat }, "/servers");
    await world.quiet(second);
    expect(second.messages.filter(({ chatId }) => chatId === groupChat.id)).toEqual([]);
    const { bindings } = (await world.hub.sessionOf("admin").get("/api/v1/me/telegram")).json;
    expect(bindings).toMatchObject([{ botId: id, telegramId: OLGA.id }]);
  });
});

test("[TGB44] one bot at two notifiers is listened to for one of them, and the other says so until it can", async () => {
  world = await telegramWorld();
  try {
    const admin = world.hub.sessionOf("admin");
    const made = await admin.post("/api/v1/notifiers", {
      ...{ kind: "telegram", name: "twin", secret: world.bot.token },
      settings: { chatId: "-100300", apiUrl: world.telegram.url, commands: true },
    });
    await world.until(async () => (await state(made.json.id)).is === "failing", "it is told");
    expect((await state(made.json.id)).detail).toContain("another notifier has the same bot");
    expect((await state()).is).toBe("untried");
    await admin.ask("DELETE", `/api/v1/notifiers/${world.notifierId}`);
    await world.until(() => world.bot.waiting === 1, "the other one is listened to");
    await world.bind("viewer", OLGA);
    expect(await state(made.json.id)).toMatchObject({ is: "untried" });
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

describe("updates that are brought", () => {
  const SECRET = "x-telegram-bot-api-secret-token";
  let bot: TelegramBot;
  let path: string;
  let count = 900;
  beforeEach(async () => {
    world = await telegramWorld({ settings: { publicUrl: "https://hub.example" } });
    const added = await world.addBot("hooked", { webhook: true });
    bot = added.bot;
    path = `/api/v1/telegram/${added.id}`;
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const message = (text: string) => ({
    update_id: count++,
    message: {
      ...{ message_id: 1, date: Math.floor(world.hub.clock.now() / 1_000), text },
      ...{ from: { id: OLGA.id, first_name: "o" }, chat: { id: OLGA.id, type: "private" } },
    },
  });
  const bring = async (body: object, secret: string | undefined = bot.webhook!.secret) =>
    world.hub.client().ask("POST", path, {
      ...{ body },
      headers: { origin: undefined, "sec-fetch-site": undefined, ...(secret !== "" && { [SECRET]: secret }) },
    });

  test("[TGB40] [TG-05] come with the secret that the hub has set, and are repeated as often as somebody likes to no effect", async () => {
    expect(bot.webhook).toMatchObject({ url: `https://hub.example${path}` });
    expect((await bring(message(`/start ${await world.code("operator")}`))).status).toBe(200);
    await world.until(() => texts(bot).length === 1, "it is answered");
    const update = message("/warn");
    for (const _ of [1, 2, 3]) expect((await bring(update)).json).toEqual({ ok: true });
    await world.until(() => texts(bot).at(-1) === "Nothing is wrong.", "it is answered");
    expect(texts(bot)).toHaveLength(2);
    // It stays the same over a restart; nothing is fetched meanwhile.
    const before = bot.webhook;
    await world.restart();
    expect(bot.webhook).toEqual(before);
    expect((await bring(update)).status).toBe(200);
    expect((await bring(message("/warn"))).status).toBe(200);
    await world.until(() => texts(bot).length === 3, "only the new one is answered");
    expect(world.telegram.requests.some(({ path: asked }) => asked === `/bot${bot.token}/getUpdates`)).toBe(false);
  });

  test("[TGB41] [TG-05] without it, with another one, for another bot or too large they are refused and come to nothing", async () => {
    const answers = [
      await bring(message("/warn"), ""),
      await bring(message("/warn"), "x"),
      await bring(message("/warn"), `${bot.webhook!.secret}x`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    const hooked = path;
    // One that is fetched has no such door, whatever secret is shown.
    path = `/api/v1/telegram/${world.notifierId}`;
    expect((await bring(message("/warn"))).status).toBe(404);
    path = "/api/v1/telegram/01920000-0000-7000-8000-000000000000";
    expect((await bring(message("/warn"))).status).toBe(404);
    path = hooked;
    expect((await bring({ ...message("x"), message: { text: "x".repeat(300_000) } })).status).toBe(413);
    expect((await bring({ update_id: count++, message: { text: 1, from: [], chat: "x" } })).status).toBe(200);
    expect((await bring({ update_id: 1.5 })).status).toBe(400);
    await world.quiet(bot);
    expect(texts(bot)).toEqual([]);
  });

  test("[TGB42] the secret is sealed; without an https address, or switched off, updates are fetched instead", async () => {
    const { webhook } = bot;
    const rows = JSON.stringify(world.hub.state.prepare("SELECT * FROM telegram_bot").all());
    expect(rows).not.toContain(webhook!.secret);
    const id = path.split("/").at(-1)!;
    await world.hub.sessionOf("admin").ask("PATCH", `/api/v1/notifiers/${id}`, {
      body: { settings: { chatId: String(GROUP), apiUrl: world.telegram.url, commands: true } },
    });
    await world.until(() => bot.waiting > 0, "it is fetched");
    expect(bot.webhook).toBeUndefined();
    expect((await bring(message("/warn"), webhook!.secret)).status).toBe(404);
  });

  test("[TGB43] a webhook that somebody took away is set again", async () => {
    bot.webhook = { url: "https://other.example/", secret: "x" };
    await world.hub.clock.advance(11 * MINUTE_MS);
    await world.until(() => bot.webhook?.url === `https://hub.example${path}`, "it is set again");
  });
});
