import { MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import { LIVE_LOGS_AHEAD_MAX } from "@muster/protocol";
import type { LiveClientMessage } from "@muster/protocol";
import type { AskedLog, LogAccess } from "../../logs/log-access.ts";
import { LIVE_LOGS_MAX } from "../limits.ts";
import { OpenLog, sentenceOf } from "./open-log.ts";
import type { LogClient } from "./open-log.ts";

export type OpenLogsMessage = Extract<LiveClientMessage, { t: "open-logs" }>;
export type LogMessage = Extract<LiveClientMessage, { t: "open-logs" | "close-logs" | "more-logs" }>;

/** The logs that live sockets follow. A number means something to the socket that gave it and to no other. */
export class LogDesk {
  readonly #logs: LogAccess;
  readonly #clock: Clock;
  readonly #open = new Map<LogClient, Map<number, OpenLog>>();

  constructor({ logs, clock }: { readonly logs: LogAccess; readonly clock: Clock }) {
    this.#logs = logs;
    this.#clock = clock;
  }

  get openCount(): number {
    let count = 0;
    for (const ofClient of this.#open.values()) count += ofClient.size;
    return count;
  }

  take(client: LogClient, message: LogMessage): void {
    switch (message.t) {
      case "open-logs":
        return void this.#openLogs(client, message);
      case "close-logs":
        this.#open.get(client)?.get(message.id)?.close();
        return this.#forget(client, message.id);
      case "more-logs":
        return this.#open.get(client)?.get(message.id)?.allow(message.items);
    }
  }

  /** Its rights may have changed: what it may not read any more ends. */
  recheck(client: LogClient): void {
    if (this.#logs.may(client.actor)) return;
    for (const log of this.#open.get(client)?.values() ?? []) log.fail(new MusterError("FORBIDDEN"));
  }

  ended(client: LogClient): void {
    for (const log of this.#open.get(client)?.values() ?? []) log.close();
    this.#open.delete(client);
  }

  async #openLogs(client: LogClient, message: OpenLogsMessage): Promise<void> {
    const ofClient = this.#open.get(client) ?? new Map<number, OpenLog>();
    this.#open.set(client, ofClient);
    const { id } = message;
    const refuse = (error: unknown): void => client.send({ t: "logs-end", id, source: null, error: sentenceOf(error) });
    if (ofClient.has(id)) return refuse(new MusterError("CONFLICT", { message: "This number is in use." }));
    if (ofClient.size >= LIVE_LOGS_MAX) return refuse(new MusterError("RATE_LIMITED"));
    const log = new OpenLog(id, client, {
      clock: this.#clock,
      isFollowing: message.follow && message.until === undefined,
      allowance: LIVE_LOGS_AHEAD_MAX,
      may: () => this.#logs.may(client.actor),
    });
    ofClient.set(id, log);
    try {
      const found = message.sources.map((source) => this.#logs.find(askedOf(source)));
      const { lines, follow, since, until, search, level } = message;
      const choice = {
        linesMax: lines,
        follow,
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
        ...(search !== undefined && { search }),
        ...(level !== undefined && { levelMax: level }),
      };
      await log.run(await this.#logs.open(client.actor, "live", found, choice, log.signal));
    } catch (error) {
      log.fail(error);
    } finally {
      if (ofClient.get(id) === log) this.#forget(client, id);
    }
  }

  #forget(client: LogClient, id: number): void {
    const ofClient = this.#open.get(client);
    ofClient?.delete(id);
    if (ofClient?.size === 0) this.#open.delete(client);
  }
}

const askedOf = (source: OpenLogsMessage["sources"][number]): AskedLog =>
  "service" in source
    ? { serviceId: source.service, after: source.after }
    : { serverId: source.server, file: source.file, after: source.after };
