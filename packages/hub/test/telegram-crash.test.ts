import { silentLogger } from "@muster/core";
import { expect, test } from "vitest";
import { BindingCodes } from "../src/telegram/binding-codes.ts";
import { Bot } from "../src/telegram/bot.ts";
import { BotCommands } from "../src/telegram/bot-commands.ts";
import { BotStore } from "../src/telegram/bot-store.ts";
import { parseUpdate } from "../src/telegram/telegram-update.ts";
import type { Keyboard } from "../src/notify/incident-buttons.ts";
import { CommandWorld } from "./command-world.ts";
import { Mortal } from "./mortal.ts";

const BOT = "01920000-0000-7000-8000-00000000b070";
const PERSON = 4_242;
/** What bots do that takes a while: the hub may end before and after each. */
const STEPS = new Set([
  ...["take", "ended", "interrupted", "actor", "user", "addButtons", "press", "bind"],
  ...["say", "change", "answer"],
]);

/** What a chat shows. */
class ChatOfOne {
  readonly said: string[] = [];
  readonly answers: string[] = [];
  keys: Keyboard["inline_keyboard"] = [];

  say = async (_place: object, text: string, _signal: AbortSignal, keys?: Keyboard): Promise<number> => {
    this.keys = keys?.inline_keyboard ?? this.keys;
    return this.said.push(text);
  };
  show = async (_place: object, _picture: object, caption: string): Promise<boolean> => this.said.push(caption) > 0;
  change = async (_place: object, _id: number, text: string): Promise<boolean> => this.said.push(text) > 0;
  answer = async (_id: string, text: string): Promise<void> => void this.answers.push(text);
}

/** Asks for a reboot and confirms it, with a hub that ends at one step; gives how often it was asked of the server. */
async function rebootDying(stepsLeft: number): Promise<{ steps: number; reboots: number; chat: ChatOfOne }> {
  await using world = await CommandWorld.open(["alpha"]);
  const { db, clock, kek, links } = world;
  const now = clock.now();
  await db
    .insertInto("notifier")
    .values({
      ...{ id: BOT, name: "bot", kind: "telegram", settings: "{}", secret_sealed: null, is_enabled: 1, is_default: 1 },
      ...{ severity_least: "warning", delay_ms: 0, repeat_ms: 0, hours: null, fallback_id: null, state: "untried" },
      ...{ state_since: now, state_detail: "", created_at: now, refusals: 0 },
    })
    .execute();
  const sound = new BotStore({ db, clock, kek });
  await sound.open(BOT, "1");
  await sound.bind(BOT, { id: PERSON, name: "olga" }, world.userIds["operator"]!);
  // A command that may have been lost is sent again; its server does what it took once.
  const reboots = new Set<string>();
  links.onDeliver = ({ core }) => {
    if (core.action === "server.reboot") reboots.add(core.cmd);
    void links.result(world.serverIds["alpha"]!, core.cmd, {}).catch(() => undefined);
  };
  const chat = new ChatOfOne();
  let mortal = new Mortal(stepsLeft, () => undefined);
  let steps = 0;

  const start = async (): Promise<Bot> => {
    await world.start(mortal.between);
    links.connect(world.serverIds["alpha"]!);
    const commands = new BotCommands({
      ...{ fleet: world.fleet, bus: world.bus, clock, log: silentLogger, hostName: "hub" },
      ...{ services: { views: () => [], select: () => [] } },
      // None of these is asked for here.
      ...({} as Pick<ConstructorParameters<typeof BotCommands>[0], "incidents" | "store" | "changes" | "evidence">),
      ...({} as Pick<ConstructorParameters<typeof BotCommands>[0], "logs" | "metrics">),
    });
    return new Bot(
      {
        ...{
          store: mortal.between(sound, STEPS),
          voice: mortal.between(chat, STEPS),
          codes: new BindingCodes({ clock }),
        },
        ...{ commands, bus: world.bus, offersOf: () => [], clock, log: silentLogger },
      },
      { id: BOT, name: "bot", chatId: "0" },
    );
  };

  let bot = await start();
  const from = { id: PERSON, first_name: "olga" };
  const message = { message_id: 1, date: Math.floor(now / 1_000), from, chat: { id: PERSON, type: "private" } };
  /** Telegram brings an update until the hub asks for those behind it. */
  const bring = async (updateId: number, update: object): Promise<void> => {
    for (;;) {
      const offset = (await sound.nextUpdate(BOT)) ?? 0;
      if (offset > updateId && !mortal.isDead) return;
      if (mortal.isDead) {
        steps += mortal.steps;
        mortal = new Mortal(Number.POSITIVE_INFINITY, () => undefined);
        await world.rest();
        bot = await start();
        await bot.apologize();
      }
      void bot.take([parseUpdate({ update_id: updateId, ...update })!]).catch(() => undefined);
      await world.rest();
    }
  };
  await bring(1, { message: { ...message, text: "/reboot alpha" } });
  const data = chat.keys[0]?.[0]?.callback_data ?? "b:none";
  const press = { callback_query: { id: "p", from, data, message: { ...message, text: "plan" } } };
  await bring(2, press);
  // A second press, as people make who saw nothing happen, and a hub that is started once more.
  await bring(3, { callback_query: { ...press.callback_query, id: "q" } });
  steps += mortal.steps;
  mortal = new Mortal(Number.POSITIVE_INFINITY, () => undefined);
  bot = await start();
  await bot.apologize();
  world.outbox.tick();
  await world.rest();
  await bot.stop();
  return { steps, reboots: reboots.size, chat };
}

test("[TGB36] a hub that ends between any two steps never reboots twice, and whoever saw no outcome is told", async () => {
  const sound = await rebootDying(Number.POSITIVE_INFINITY);
  expect(sound).toMatchObject({ reboots: 1 });
  expect(sound.chat.said.at(-1)).toContain("Succeeded: done");
  expect(sound.steps).toBeGreaterThan(20);
  for (let step = 1; step <= sound.steps; step++) {
    const { reboots, chat } = await rebootDying(step);
    expect(reboots, `died at step ${step}`).toBeLessThanOrEqual(1);
    // Who asked and was not told an outcome knows that it is open.
    const told = reboots === 1 ? /Succeeded|started anew/ : /started anew|Only you can confirm/;
    expect(chat.said.join(" | "), `died at step ${step}`).toMatch(told);
  }
});
