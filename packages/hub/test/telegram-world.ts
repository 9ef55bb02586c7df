import { sign, toBase64url } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandCore, ResultBody, WireService } from "@muster/protocol";
import { connectAs, waitFor } from "@muster/testkit";
import type { ScriptedAgent } from "@muster/testkit";
import { startTestHub } from "./harness.ts";
import type { TestHub, TestHubOptions, TestServer } from "./harness.ts";
import { startTelegram } from "./vendor-telegram.ts";
import type { ShownMessage, TelegramBot, TelegramPerson, TelegramStandIn } from "./vendor-telegram.ts";

/** The group that notifiers of these tests write to. */
export const GROUP = -100_200;
export const groupChat = { id: GROUP, type: "supergroup", title: "operations" };

/** A hub with bots at a Telegram of the test's own. */
export interface TelegramWorld extends AsyncDisposable {
  hub: TestHub;
  readonly telegram: TelegramStandIn;
  readonly bot: TelegramBot;
  readonly notifierId: string;
  /** Adds a notifier with a bot of its own. */
  addBot(name: string, settings?: object): Promise<{ readonly bot: TelegramBot; readonly id: string }>;
  /** Binds a person to a user by a code, as people do. */
  bind(user: string, person: TelegramPerson, bot?: TelegramBot): Promise<void>;
  /** A code of a user. */
  code(user: string): Promise<string>;
  /** Writes, and waits for the next message in that chat. */
  ask(person: TelegramPerson, text: string, bot?: TelegramBot): Promise<ShownMessage>;
  /** Presses, and waits until that was answered; gives the answer. */
  press(person: TelegramPerson, message: ShownMessage, key: string, bot?: TelegramBot): Promise<string>;
  /** Lets time pass in small steps until something is so. */
  until(isSo: () => boolean | Promise<boolean>, describe: string | (() => string)): Promise<void>;
  /** Lets all that was brought be taken in and answered. */
  quiet(bot?: TelegramBot): Promise<void>;
  restart(): Promise<void>;
  agent(server?: TestServer): Promise<ScriptedAgent>;
  auditRows(action: string): Promise<readonly { readonly [name: string]: unknown }[]>;
}

const STEP_MS = 100;

export async function telegramWorld(options: TestHubOptions = {}): Promise<TelegramWorld> {
  const setUp: TestHubOptions = { servers: ["alpha", "beta"], services: ["nginx.service"], ...options };
  const hub = await startTestHub(setUp);
  const telegram = await startTelegram(() => hub.clock.now());
  const first: { bot: TelegramBot | undefined; id: string } = { bot: undefined, id: "" };
  const ids = new Map<TelegramBot, string>();
  const world: TelegramWorld = {
    hub,
    telegram,
    get bot() {
      return first.bot!;
    },
    get notifierId() {
      return first.id;
    },
    async addBot(name, settings = {}) {
      const bot = telegram.bot(name);
      const made = await world.hub.sessionOf("admin").post("/api/v1/notifiers", {
        ...{ kind: "telegram", name, secret: bot.token },
        settings: { chatId: String(GROUP), apiUrl: telegram.url, commands: true, ...settings },
      });
      if (made.status !== 201) throw new Error(made.text);
      ids.set(bot, made.json.id as string);
      await world.until(() => bot.waiting > 0 || bot.webhook !== undefined, `${name} listens`);
      return { bot, id: made.json.id as string };
    },
    async code(user) {
      const made = await world.hub.sessionOf(user).post("/api/v1/me/telegram-code");
      if (made.status !== 201) throw new Error(made.text);
      return made.json.code as string;
    },
    async bind(user, person, bot = world.bot) {
      const { text } = await world.ask({ ...person, language: "en" }, `/start ${await world.code(user)}`, bot);
      if (!text.includes(`You are ${user}`)) throw new Error(text);
    },
    async ask(person, text, bot = world.bot) {
      const chatId = (person.chat?.["id"] as number | undefined) ?? person.id;
      const count = bot.messages.length;
      bot.write(person, text);
      const answer = (): ShownMessage | undefined =>
        bot.messages.slice(count).find((message) => message.chatId === chatId);
      await world.until(() => answer() !== undefined, `an answer to ${text}`);
      return answer()!;
    },
    async press(person, message, key, bot = world.bot) {
      const pressId = bot.press(person, message, key);
      await world.until(() => bot.answers.has(pressId), `${key} is answered`);
      return bot.answers.get(pressId)!;
    },
    async until(isSo, describe) {
      let isFirst = true;
      await waitFor(
        async () => {
          if (!isFirst) await world.hub.clock.advance(STEP_MS);
          isFirst = false;
          return isSo();
        },
        { describe, intervalMs: 5, timeoutMs: 10_000 },
      );
    },
    async quiet(bot = world.bot) {
      const id = ids.get(bot)!;
      const open = (): number =>
        Number(
          world.hub.state
            .prepare("SELECT count(*) AS count FROM telegram_update WHERE notifier_id = ? AND ended_at IS NULL")
            .get(id)?.["count"],
        );
      await world.until(() => bot.pending().length === 0 && open() === 0, "all is worked on");
    },
    async restart() {
      await world.hub.stop();
      bots().forEach((bot) => bot.breakOff());
      const again = await startTestHub({ ...options, directory: hub.directory, clock: hub.clock });
      // Those were there before.
      world.hub = { ...again, servers: hub.servers, userIds: hub.userIds };
      await world.until(() => bots().every((bot) => bot.waiting > 0 || bot.webhook !== undefined), "all listen again");
    },
    agent: (server = hub.servers[0]!) =>
      connectAs(world.hub.running.address, { ...server, serverId: server.id }, { at: hub.clock.now() }),
    auditRows: async (action) =>
      (await world.hub.sessionOf("admin").get(`/api/v1/audit?action=${action}&limit=500`)).json.items,
    async [Symbol.asyncDispose]() {
      await world.hub.stop();
      await telegram[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
  const bots = (): readonly TelegramBot[] => [...ids.keys()];
  const made = await world.addBot("first");
  Object.assign(first, made);
  return world;
}

export async function nextCore(agent: ScriptedAgent): Promise<CommandCore> {
  return JSON.parse((await agent.next("cmd")).c) as CommandCore;
}

export function answer(agent: ScriptedAgent, server: TestServer, cmd: string, change: Partial<ResultBody> = {}): void {
  const body = JSON.stringify({ cmd, outcome: "succeeded", detail: "done", startedAt: 1, endedAt: 2, ...change });
  agent.send({ t: "result", body, sig: toBase64url(sign(server.keys.privateKey, contextBytes("result", [body]))) });
}

/** What an agent tells of its services. */
export const tellServices = (agent: ScriptedAgent, services: readonly WireService[]): void =>
  agent.send({ t: "services", whole: true, services, removed: [], ledgerId: "ab12", ledgerSeq: 0 });
