import {
  authorize,
  deadline,
  HOUR_MS,
  incidentTitle,
  isMusterError,
  MINUTE_MS,
  MusterError,
  RIGHTS,
  roleHolds,
  SECOND_MS,
  severityRank,
  wrongMembers,
} from "@muster/core";
import type { Actor, Clock, Incident, Instant, Logger, Outcome, Right } from "@muster/core";
import type { Server, Service } from "@muster/protocol";
import { Throttle } from "../access/throttle.ts";
import type { IncidentChanges } from "../alerts/incident-changes.ts";
import type { IncidentDesk } from "../alerts/incident-desk.ts";
import type { IncidentEvidence } from "../alerts/incident-evidence.ts";
import type { IncidentStore } from "../alerts/incident-store.ts";
import type { CommandBus } from "../commands/command-bus.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { ownServerId } from "../fleet/own-server.ts";
import type { ServiceRegistry } from "../fleet/service-registry.ts";
import type { LogAccess } from "../logs/log-access.ts";
import type { MetricReader } from "../metrics/metric-store.ts";
import type { IncidentAct } from "../notify/incident-acts.ts";
import { TELEGRAM_TEXT_MAX } from "../notify/telegram-api.ts";
import {
  CHART_HOURS,
  CHART_HOURS_MAX,
  CHART_WORDS,
  chartedMetrics,
  chartedOf,
  chartedRange,
  chartPicture,
} from "./bot-charts.ts";
import type { Charted } from "./bot-charts.ts";
import { meant, shown, wordsIn } from "./bot-names.ts";
import type { Act, Choice, Reply } from "./bot-orders.ts";
import { fleetReport, incidentList, inOrder, serverList, serverReport, serviceList, timeText } from "./bot-reports.ts";
import type { BotTexts } from "./bot-texts.ts";
import { WARN_RANK } from "./report-text.ts";

export interface BotCommandsDeps {
  readonly fleet: Fleet;
  readonly services: Pick<ServiceRegistry, "views" | "select">;
  readonly incidents: Pick<IncidentDesk, "open">;
  readonly store: Pick<IncidentStore, "byId">;
  readonly changes: IncidentChanges;
  readonly evidence: Pick<IncidentEvidence, "suggestions">;
  readonly logs: LogAccess;
  readonly metrics: Pick<MetricReader, "query">;
  readonly bus: Pick<CommandBus, "run">;
  readonly clock: Clock;
  readonly log: Logger;
  /** The hub's own host name, by which it knows its own machine among the servers. */
  readonly hostName: string;
}

/** Who asks a bot, where, and in which language that one is answered. */
export interface Asker {
  readonly actor: Extract<Actor, { kind: "chat" }>;
  readonly chatId: number;
  readonly texts: BotTexts;
  readonly signal: AbortSignal;
}

/** What came of a key under an incident's message: a line for whoever pressed, and what else there is to say or show. */
export interface Acted {
  readonly answer: string;
  readonly reply?: Reply;
  /** A line for the message itself, in the language of notices. */
  readonly note?: string;
}

/** So long a plan may be confirmed: the press is the proof, and it proves this one thing. */
export const CONFIRM_MS = MINUTE_MS;
const CHOICES_MS = 10 * MINUTE_MS;
const CHOICES_MAX = 12;
const LABEL_MAX = 60;
const LINES = 20;
const LINES_MAX = 100;
const LINE_MAX = 500;
const LOG_MS_MAX = 20 * SECOND_MS;
const SILENCE_MINUTES_MAX = 7 * 24 * 60;
const REASON_MAX = 500;
const CHATS_MAX = 1_000;
const FAILURE_MAX = 300;
const PICTURES = { burst: 6, perMinute: 6 };

/**
 * What people can ask of a bot. Each command asks for its right as whoever asks is now, and every effect goes by the bus
 * or, for what makes a machine or a service go away for a while, first becomes a plan that must be confirmed.
 */
export class BotCommands {
  readonly #deps: BotCommandsDeps;
  /** Ids behind the numbers that a chat was shown last. */
  readonly #numbered = new Map<number, readonly string[]>();

  readonly #pictures: Throttle;

  constructor(deps: BotCommandsDeps) {
    this.#deps = deps;
    this.#pictures = new Throttle(deps);
  }

  /** Answers one line, without its slash. Never throws; a failure is a reply. */
  async run(line: string, asker: Asker): Promise<Reply> {
    const [name = "", ...words] = wordsIn(line);
    const command = COMMANDS.get(name.toLowerCase());
    if (command === undefined) return { text: asker.texts.unknownCommand };
    try {
      return await command(this, words, asker);
    } catch (error) {
      return { text: this.failure(error, asker) };
    }
  }

  /** What a failure is called to whoever asked. */
  failure(error: unknown, { texts }: Pick<Asker, "texts">): string {
    if (!isMusterError(error)) {
      this.#deps.log.error("a Telegram bot failed for a reason that was not foreseen", { error });
      return texts.failed;
    }
    if (error.code === "FORBIDDEN") return texts.mayNot;
    if (error.code === "STEP_UP_NEEDED") return texts.mustConfirm;
    return error.code === "SERVER_OFFLINE" ? texts.offline : shown(error.message, FAILURE_MAX);
  }

  stats(words: readonly string[], asker: Asker): Promise<Reply> | Reply {
    this.#need(asker, "servers.read");
    this.#need(asker, "metrics.read");
    const { fleet, clock } = this.#deps;
    const [word] = words;
    if (word === undefined) return { text: fleetReport(fleet.views(), asker.texts) };
    return this.#withServer(
      word,
      asker,
      (id) => `stats ${id}`,
      async (server) => ({
        text: await serverReport(server, this.#deps, clock.now(), asker.texts, asker.signal),
        choices: [{ label: asker.texts.chart, order: { do: "command", line: `chart ${server.id}` } }],
        choicesMs: CHOICES_MS,
      }),
    );
  }

  /** Numbers of one server as a picture. */
  chart([serverWord, ...words]: readonly string[], asker: Asker): Promise<Reply> | Reply {
    const { texts } = asker;
    this.#need(asker, "metrics.read");
    const hoursText = /^\d{1,3}$/.test(words.at(-1) ?? "") ? words.at(-1) : undefined;
    const [metricWord, ...others] = hoursText === undefined ? words : words.slice(0, -1);
    const hours = Number(hoursText ?? CHART_HOURS);
    const metrics = chartedMetrics(metricWord);
    const isWrong = metrics === undefined || others.length > 0 || hours < 1 || hours > CHART_HOURS_MAX;
    if (serverWord === undefined || isWrong) return { text: texts.usage(`/chart web ${CHART_WORDS.join("|")} 24`) };
    return this.#withServer(
      serverWord,
      asker,
      (id) => ["chart", id, ...words].join(" "),
      (server) => {
        const now = this.#deps.clock.now();
        const charted = metrics.map((metric) => ({ source: server.id, metric, labels: {} }));
        return this.#picture(charted, [now - hours * HOUR_MS, now], texts.chartOf(shown(server.name), hours), asker);
      },
    );
  }

  servers(asker: Asker): Reply {
    this.#need(asker, "servers.read");
    return { text: serverList(this.#deps.fleet.views(), asker.texts) };
  }

  services([word, ...texts]: readonly string[], asker: Asker): Promise<Reply> | Reply {
    this.#need(asker, "services.read");
    const { services, fleet } = this.#deps;
    const nameOf = (id: string): string => fleet.get(id)?.known.name ?? id;
    const list = (found: readonly Service[]): Reply => ({ text: serviceList(found, nameOf, asker.texts) });
    if (word === undefined) return list(services.views());
    // The first word names a server where there is one like it, and is looked for otherwise.
    if (meant(word, fleet.views()).length === 0) return list(containing([word, ...texts], services.views()));
    return this.#withServer(
      word,
      asker,
      (id) => ["services", id, ...quoted(texts)].join(" "),
      (server) => list(containing(texts, services.views({ serverIds: [server.id] }))),
    );
  }

  incidents(asker: Asker, rankLeast: number): Reply {
    this.#need(asker, "incidents.read");
    const open = inOrder(this.#deps.incidents.open.filter(({ severity }) => severityRank(severity) >= rankLeast));
    this.#numbered.delete(asker.chatId);
    this.#numbered.set(
      asker.chatId,
      open.map(({ id }) => id),
    );
    if (this.#numbered.size > CHATS_MAX) this.#numbered.delete(this.#numbered.keys().next().value!);
    return { text: incidentList(open, incidentTitle, asker.texts) };
  }

  async acknowledge([word]: readonly string[], asker: Asker): Promise<Reply> {
    const { texts, actor } = asker;
    if (word === undefined) return { text: texts.usage("/ack 1") };
    // A number means what was shown under it: what is open has another order a minute later.
    const id = /^\d{1,4}$/.test(word) ? this.#numbered.get(asker.chatId)?.[Number(word) - 1] : word;
    const incident = id === undefined ? undefined : this.#deps.incidents.open.find((one) => one.id === id);
    if (incident === undefined) return { text: texts.noIncident };
    const now = await this.#deps.changes.acknowledge({ actor, door: "telegram" }, incident.id, true);
    return { text: texts.acknowledged(titled(now)) };
  }

  async silence([word, minutesText, ...reasons]: readonly string[], asker: Asker): Promise<Reply> {
    const { texts, actor } = asker;
    const minutes = Number(minutesText);
    const reason = reasons.join(" ").slice(0, REASON_MAX).toWellFormed();
    const isWhole = Number.isInteger(minutes) && minutes >= 1 && minutes <= SILENCE_MINUTES_MAX;
    if (word === undefined || !isWhole || reason === "") return { text: texts.usage("/silence web 60 new disk") };
    const again = (id: string): string => `silence ${id} ${minutes} ${reason}`;
    return this.#withServer(word, asker, again, async (server) => {
      const from = this.#deps.clock.now();
      const until = from + minutes * MINUTE_MS;
      const matcher = {
        ...{ serverIds: [server.id], tags: [], ruleIds: [], probeIds: [], services: [], severityMost: null },
      };
      await this.#deps.changes.silence({ actor, door: "telegram" }, { matcher, reason, from, until });
      return { text: texts.silenced(shown(server.name), timeText(until)) };
    });
  }

  async logs(words: readonly string[], asker: Asker): Promise<Reply> {
    const { texts } = asker;
    const [serverWord, serviceWord, count = String(LINES)] = words;
    this.#need(asker, "logs.read");
    const isCount = /^\d{1,3}$/.test(count) && Number(count) >= 1;
    if (serverWord === undefined || !isCount) return { text: texts.usage("/logs web nginx 20") };
    const linesMax = Math.min(Number(count), LINES_MAX);
    return this.#withService("logs", serverWord, serviceWord, asker, (_server, service) =>
      this.#lastLines(service, linesMax, asker),
    );
  }

  restart([serverWord, serviceWord]: readonly string[], asker: Asker): Promise<Reply> | Reply {
    if (serverWord === undefined) return { text: asker.texts.usage("/restart web nginx") };
    return this.#withService("restart", serverWord, serviceWord, asker, (server, { driver, name }) =>
      this.#plan(
        { do: "act", action: "service.restart", serverId: server.id, server: server.name, service: { driver, name } },
        asker,
      ),
    );
  }

  reboot([word]: readonly string[], asker: Asker): Promise<Reply> | Reply {
    if (word === undefined) return { text: asker.texts.usage("/reboot web") };
    return this.#withServer(
      word,
      asker,
      (id) => `reboot ${id}`,
      (server) =>
        this.#plan(
          { do: "act", action: "server.reboot", serverId: server.id, server: server.name, service: null },
          asker,
        ),
    );
  }

  hostReboot(asker: Asker): Promise<Reply> | Reply {
    const { fleet, hostName } = this.#deps;
    const id = ownServerId(fleet, hostName);
    return id === undefined ? { text: asker.texts.noOwnServer } : this.reboot([id], asker);
  }

  /** A key under an incident's message. Throws NOT_FOUND, FORBIDDEN, what the changes throw. */
  async actOnIncident(act: IncidentAct, incidentId: string, asker: Asker): Promise<Acted> {
    const { texts, actor } = asker;
    const { changes, store, clock } = this.#deps;
    this.#need(asker, "incidents.read");
    const incident = await store.byId(incidentId);
    if (incident === undefined) throw new MusterError("NOT_FOUND");
    if (incident.state === "resolved" && act !== "logs" && act !== "chart") return { answer: texts.isOver };
    switch (act) {
      case "acknowledge": {
        const now = await changes.acknowledge({ actor, door: "telegram" }, incidentId, true);
        return { answer: texts.acknowledged(titled(now)) };
      }
      case "snooze": {
        const until = clock.now() + HOUR_MS;
        const now = await changes.snooze({ actor, door: "telegram" }, incidentId, until);
        const note = `Snoozed until ${timeText(until)} by ${shown(actor.user.name)}`;
        return { answer: texts.snoozed(titled(now), timeText(until)), note };
      }
      case "chart": {
        this.#need(asker, "metrics.read");
        const range = chartedRange(incident, clock.now());
        return this.#said(await this.#picture(chartedOf(incident), range, titled(incident), asker));
      }
      case "logs":
        return this.#said(await this.#ofServices("logs", this.#servicesOf(incident), asker));
      case "restart": {
        const services = this.#deps.evidence
          .suggestions(incident)
          .flatMap(({ action, serverId, serviceId }) =>
            action === "service.restart" ? [{ serverId, serviceId }] : [],
          );
        return this.#said(await this.#ofServices("restart", services, asker));
      }
    }
  }

  /**
   * Does what was confirmed, as whoever confirmed it is now, and waits for the outcome as the server observed it. Throws
   * CONFLICT when the target is not what was shown, and what `CommandBus.run` throws.
   */
  async perform(act: Act, key: string, { actor, texts, signal }: Asker): Promise<Outcome> {
    if (!this.#isUnchanged(act)) throw new MusterError("CONFLICT", { message: texts.targetChanged });
    const { action, serverId, service } = act;
    const request = {
      ...{ serverId, action: { name: action, args: service === null ? {} : { ...service } } },
      ...{ reason: "confirmed in Telegram", idempotencyKey: key },
    };
    const { outcome } = await this.#deps.bus.run(actor, "telegram", request, signal);
    return outcome;
  }

  /** What a plan says: it stays above what becomes of it. */
  planTitle({ action, server, service }: Act, texts: BotTexts): string {
    return action === "server.reboot" || service === null
      ? texts.askReboot(shown(server))
      : texts.askRestart(shown(service.name), shown(server));
  }

  /** A picture is work for the store and a file for Telegram: one person gets a few a minute. */
  async #picture(
    charted: readonly Charted[],
    range: readonly [Instant, Instant],
    caption: string,
    { actor, texts, signal }: Asker,
  ): Promise<Reply> {
    if (this.#pictures.take(PICTURES, [`pictures of ${actor.telegramId}`]) !== undefined)
      return { text: texts.tooFast };
    const picture = await chartPicture(charted, range, this.#deps.metrics, signal);
    return picture === undefined
      ? { text: `${caption}\n${texts.noValues}` }
      : { text: caption, picture, withoutPicture: texts.noPicture };
  }

  #isUnchanged({ serverId, server, service }: Act): boolean {
    const { fleet, services } = this.#deps;
    if (fleet.get(serverId)?.known.name !== server) return false;
    return service === null || services.select({ serverIds: [serverId], ...service }).length === 1;
  }

  /** The question, for whoever may do it once it is confirmed. Whoever may not is refused by the bus, which writes it down. */
  async #plan(act: Act, asker: Asker): Promise<Reply> {
    const { texts, actor } = asker;
    const right = act.action === "server.reboot" ? "actions.dangerous" : "actions.normal";
    if (!roleHolds(actor.user.role, right)) await this.perform(act, `refused-${actor.telegramId}`, asker);
    return {
      text: `${this.planTitle(act, texts)}\n${texts.withinSeconds(CONFIRM_MS / SECOND_MS)}`,
      choices: [
        { label: texts.confirm, order: act },
        { label: texts.cancel, order: { do: "cancel" } },
      ],
      choicesMs: CONFIRM_MS,
    };
  }

  async #lastLines(service: Service, linesMax: number, asker: Asker): Promise<Reply> {
    const { logs, clock } = this.#deps;
    const { texts, actor } = asker;
    const limit = deadline(clock, LOG_MS_MAX, asker.signal);
    try {
      const found = logs.find({ serviceId: service.id });
      const pieces = await logs.open(actor, "telegram", [found], { linesMax, follow: false }, limit.signal);
      const lines: string[] = [];
      for await (const piece of pieces) {
        if (piece.is === "ended" && piece.error !== undefined) throw piece.error;
        if (piece.is === "item" && !("gap" in piece.item)) lines.push(shown(piece.item.text, LINE_MAX));
      }
      const head = texts.logOf(shown(found.label));
      return { text: lines.length === 0 ? `${head}\n${texts.noLines}` : lastThatFit(head, lines) };
    } finally {
      limit.done();
    }
  }

  #servicesOf(incident: Incident): readonly ServicePlace[] {
    return wrongMembers(incident).flatMap(({ subject: { serverId, service } }) => {
      if (serverId === null || service === null) return [];
      const [found] = this.#deps.services.select({ serverIds: [serverId], ...service });
      return found === undefined ? [] : [{ serverId, serviceId: found.id }];
    });
  }

  /** The same command for one of these, or the question for which. */
  async #ofServices(command: "logs" | "restart", places: readonly ServicePlace[], asker: Asker): Promise<Reply> {
    const [first] = places;
    if (first === undefined) return { text: asker.texts.noServices };
    if (places.length === 1) return this.run(`${command} ${first.serverId} ${first.serviceId}`, asker);
    const ids = new Set(places.map(({ serviceId }) => serviceId));
    return this.#ask(
      this.#deps.services.views().filter(({ id }) => ids.has(id)),
      ({ serverId, id }) => `${command} ${serverId} ${id}`,
      asker,
    );
  }

  #said = (reply: Reply): Acted => ({ answer: "", reply });

  async #withService(
    command: "logs" | "restart",
    serverWord: string,
    serviceWord: string | undefined,
    asker: Asker,
    then: (server: Server, service: Service) => Promise<Reply>,
  ): Promise<Reply> {
    this.#need(asker, "services.read");
    const again = (id: string): string =>
      [command, id, ...quoted(serviceWord === undefined ? [] : [serviceWord])].join(" ");
    return this.#withServer(serverWord, asker, again, async (server) => {
      const all = this.#deps.services.views({ serverIds: [server.id] });
      const found = serviceWord === undefined ? all : meant(serviceWord, all);
      const [one] = found;
      if (one === undefined) return { text: asker.texts.noService(shown(serviceWord ?? ""), shown(server.name)) };
      if (found.length === 1 && serviceWord !== undefined) return then(server, one);
      return this.#ask(found, ({ id }) => `${command} ${server.id} ${id}`, asker);
    });
  }

  async #withServer(
    word: string,
    asker: Asker,
    again: (id: string) => string,
    then: (server: Server) => Promise<Reply> | Reply,
  ): Promise<Reply> {
    this.#need(asker, "servers.read");
    const found = meant(word, this.#deps.fleet.views());
    const [one] = found;
    if (one === undefined) return { text: asker.texts.noServer(shown(word)) };
    return found.length === 1 ? then(one) : this.#ask(found, ({ id }) => again(id), asker);
  }

  /** Which of them, as buttons. */
  #ask<T extends { readonly id: string; readonly name: string }>(
    among: readonly T[],
    lineOf: (one: T) => string,
    { texts }: Asker,
  ): Reply {
    const choices = among
      .slice(0, CHOICES_MAX)
      .map((one): Choice => ({ label: shown(one.name, LABEL_MAX), order: { do: "command", line: lineOf(one) } }));
    const others = among.length - choices.length;
    return {
      text: others > 0 ? `${texts.which} (${texts.more(others)})` : texts.which,
      ...{ choices, choicesMs: CHOICES_MS },
    };
  }

  /** Throws FORBIDDEN. What changes nothing is asked for here; what does is judged by the bus. */
  #need({ actor }: Asker, right: ReadRight): void {
    if (!authorize(actor, right, this.#deps.clock.now()).allow) throw new MusterError("FORBIDDEN");
  }
}

/** Those that are a matter of the role alone. */
type ReadRight = { [R in Right]: (typeof RIGHTS)[R]["class"] extends "read" ? R : never }[Right];

interface ServicePlace {
  readonly serverId: string;
  readonly serviceId: string;
}

type Command = (commands: BotCommands, words: readonly string[], asker: Asker) => Promise<Reply> | Reply;

const help: Command = (_commands, _words, { texts }) => ({ text: texts.help });

/** By the word behind the slash. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["help", help],
  ["start", help],
  ["stats", (commands, words, asker) => commands.stats(words, asker)],
  ["chart", (commands, words, asker) => commands.chart(words, asker)],
  ["warn", (commands, _words, asker) => commands.incidents(asker, WARN_RANK)],
  ["incidents", (commands, _words, asker) => commands.incidents(asker, 0)],
  ["ack", (commands, words, asker) => commands.acknowledge(words, asker)],
  ["servers", (commands, _words, asker) => commands.servers(asker)],
  ["services", (commands, words, asker) => commands.services(words, asker)],
  ["logs", (commands, words, asker) => commands.logs(words, asker)],
  ["restart", (commands, words, asker) => commands.restart(words, asker)],
  ["reboot", (commands, words, asker) => commands.reboot(words, asker)],
  ["hostreboot", (commands, _words, asker) => commands.hostReboot(asker)],
  ["silence", (commands, words, asker) => commands.silence(words, asker)],
]);

const TITLE_MAX = 150;
const titled = (incident: Incident): string => shown(incidentTitle(incident), TITLE_MAX);

/** Words as they are written in a line again. */
const quoted = (words: readonly string[]): readonly string[] => words.map((word) => `"${word.replaceAll('"', "")}"`);

/** Those in whose name all words are. */
function containing(words: readonly string[], services: readonly Service[]): readonly Service[] {
  const wanted = words.map((word) => word.toLowerCase());
  return services.filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)));
}

/** A head and as many of the last lines as a message can have. */
function lastThatFit(head: string, lines: readonly string[]): string {
  let left = TELEGRAM_TEXT_MAX - head.length;
  const kept: string[] = [];
  for (const line of lines.toReversed()) {
    left -= line.length + 1;
    if (left < 0) break;
    kept.unshift(line);
  }
  return [head, ...kept].join("\n");
}
