import { MINUTE_MS } from "@muster/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GROUP, groupChat, telegramWorld } from "./telegram-world.ts";
import type { TelegramWorld } from "./telegram-world.ts";

const POLITE = "This bot talks to people who are bound to it.";
const EVE = { id: 666 };
const OLGA = { id: 4_242 };

let world: TelegramWorld;
beforeEach(async () => {
  world = await telegramWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const said = (chatId: number): readonly string[] =>
  world.bot.messages.filter((message) => message.chatId === chatId).map(({ text }) => text);

describe("whoever is not bound", () => {
  test("[TGB1] [TG-01] hears one polite line a minute and nothing else, whatever is asked", async () => {
    expect((await world.ask(EVE, "/stats")).text).toBe(POLITE);
    for (const text of ["/servers", "/reboot alpha", "/start", "hello", "/ack 1"]) world.bot.write(EVE, text);
    await world.quiet();
    expect(said(EVE.id)).toEqual([POLITE]);
    await world.hub.clock.advance(MINUTE_MS);
    expect((await world.ask({ ...EVE, language: "ru" }, "/help")).text).toBe(
      "Этот бот говорит только с теми, кто к нему привязан.",
    );
    expect(await world.auditRows("server.reboot")).toEqual([]);
  });

  test("[TGB2] [TG-01] forwards, edits, posts of channels, anonymous administrators and other bots are powerless, also of people who are bound", async () => {
    await world.bind("admin", OLGA);
    const from = { id: OLGA.id, is_bot: false, first_name: "o" };
    const chat = { id: OLGA.id, type: "private" };
    const message = { message_id: 1, date: world.hub.clock.now() / 1_000, chat, from, text: "/servers" };
    const before = said(OLGA.id).length;
    world.bot.bring({ edited_message: message });
    world.bot.bring({ channel_post: { ...message, chat: groupChat } });
    world.bot.bring({ edited_channel_post: { ...message, chat: groupChat } });
    await world.quiet();
    expect(said(OLGA.id)).toHaveLength(before);
    for (const foreign of [
      { forward_origin: { type: "user", sender_user: from } },
      { forward_date: 1 },
      { via_bot: { id: 9, is_bot: true } },
      { sender_chat: groupChat, chat: groupChat, from: { id: 1_087_968_824, is_bot: true, first_name: "Group" } },
      { from: { ...from, is_bot: true } },
    ]) {
      world.bot.bring({ message: { ...message, ...foreign } });
      await world.quiet();
    }
    expect([...said(OLGA.id).slice(before), ...said(GROUP)]).toEqual([POLITE, POLITE]);
  });

  test("[TGB3] [TG-01] administrators of a group and other groups get nothing by that; bound people are answered in the notifier's chat", async () => {
    await world.bind("viewer", OLGA);
    const other = { id: -1, type: "group", title: "elsewhere" };
    world.bot.write({ ...OLGA, chat: other }, "/servers");
    world.bot.write({ ...EVE, chat: groupChat }, "chatting along");
    world.bot.write({ ...EVE, chat: groupChat }, "/servers@another_bot");
    await world.quiet();
    expect([said(-1), said(GROUP)]).toEqual([[], []]);
    expect((await world.ask({ ...EVE, chat: groupChat }, "/servers")).text).toBe(POLITE);
    expect((await world.ask({ ...OLGA, chat: groupChat }, "/servers@first_bot")).text).toContain("alpha");
    // A private chat is one between a person and the bot.
    world.bot.bring({
      message: {
        ...{ message_id: 1, date: world.hub.clock.now() / 1_000, text: "/servers" },
        ...{ chat: { id: 77, type: "private" }, from: { id: OLGA.id, first_name: "o" } },
      },
    });
    await world.quiet();
    expect(said(77)).toEqual([]);
  });
});

describe("binding", () => {
  test("[TGB4] a code binds once, within ten minutes, in private, and the binding is written down", async () => {
    const made = await world.hub.sessionOf("viewer").post("/api/v1/me/telegram-code");
    expect(made.json.expiresAt).toBe(world.hub.clock.now() + 10 * MINUTE_MS);
    const { code } = made.json as { code: string };
    expect((await world.ask(OLGA, `/start ${code}`)).text).toContain("You are viewer");
    expect((await world.ask(EVE, `/start ${code}`)).text).toContain("not valid");
    const { bots, bindings } = (await world.hub.sessionOf("viewer").get("/api/v1/me/telegram")).json;
    expect(bots).toEqual([{ id: world.notifierId, name: "first", username: "first_bot" }]);
    expect(bindings).toMatchObject([{ botId: world.notifierId, telegramId: OLGA.id, name: "person 4242" }]);
    expect(await world.auditRows("telegram.bind")).toMatchObject([
      { actor: "viewer (Telegram 4242)", door: "telegram", decision: "allowed" },
    ]);
    const old = await world.code("operator");
    await world.hub.clock.advance(10 * MINUTE_MS);
    expect((await world.ask(EVE, `/start ${old}`)).text).toContain("not valid");
    // A new code ends the one before; a code that was shown to a group is nothing there.
    const [one, two] = [await world.code("operator"), await world.code("operator")];
    expect((await world.ask(EVE, `/start ${one}`)).text).toContain("not valid");
    expect((await world.ask({ ...EVE, chat: groupChat }, `/start ${two}`)).text).toBe(POLITE);
  });

  test("[TGB5] whoever tries codes is soon heard no more, not even with a good one", async () => {
    for (let count = 0; count < 5; count++)
      expect((await world.ask(EVE, `/start WRONGCODE${count}AA`)).text).toContain("not valid");
    const code = await world.code("admin");
    const before = said(EVE.id).length;
    world.bot.write(EVE, `/start ${code}`);
    await world.quiet();
    expect(said(EVE.id)).toHaveLength(before);
    expect((await world.ask(OLGA, `/start ${code}`)).text).toContain("You are admin");
  });

  test("[TGB6] binding anew replaces: one person a user, one user a person, for each bot", async () => {
    await world.bind("viewer", OLGA);
    await world.bind("operator", OLGA);
    await world.bind("operator", EVE);
    const of = async (user: string): Promise<readonly number[]> =>
      (await world.hub.sessionOf(user).get("/api/v1/me/telegram")).json.bindings.map(
        ({ telegramId }: { telegramId: number }) => telegramId,
      );
    expect([await of("viewer"), await of("operator")]).toEqual([[], [EVE.id]]);
    expect((await world.ask(OLGA, "/servers")).text).toBe(POLITE);
  });

  test("[TGB7] it ends by hand, and with the user who is disabled or deleted; no token makes one, and no old proof", async () => {
    await world.bind("viewer", OLGA);
    await world.bind("operator", EVE);
    const admin = world.hub.sessionOf("admin");
    expect((await world.hub.sessionOf("viewer").ask("DELETE", "/api/v1/me/telegram")).status).toBe(204);
    const { operator, viewer } = world.hub.userIds;
    await admin.ask("PATCH", `/api/v1/users/${operator}`, { body: { enabled: false } });
    expect((await world.ask(OLGA, "/servers")).text).toBe(POLITE);
    expect((await world.ask(EVE, "/servers")).text).toBe(POLITE);
    // It does not come back with the user.
    await admin.ask("PATCH", `/api/v1/users/${operator}`, { body: { enabled: true } });
    await world.hub.clock.advance(MINUTE_MS);
    expect((await world.ask(EVE, "/servers")).text).toBe(POLITE);
    await world.bind("viewer", OLGA);
    await admin.ask("DELETE", `/api/v1/users/${viewer}`);
    await world.hub.clock.advance(MINUTE_MS);
    expect((await world.ask(OLGA, "/servers")).text).toBe(POLITE);
    const token = await world.hub.tokenOf("admin", ["self.write", "tokens.write"]);
    expect((await token.post("/api/v1/me/telegram-code")).code).toBe("FORBIDDEN");
    const old = world.hub.sessionOf("operator");
    await world.hub.clock.advance(6 * MINUTE_MS);
    expect((await old.post("/api/v1/me/telegram-code")).code).toBe("STEP_UP_NEEDED");
  });
});
