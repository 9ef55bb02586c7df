import { labelsText } from "@muster/core";
import type { Instant, Labels, Presence } from "@muster/core";
import { sha256 } from "@muster/node-kit";
import { fingerprintWords } from "@muster/protocol";
import type { PolicySummary, Server, ServerSummary } from "@muster/protocol";
import { MinuteLine } from "./minute-line.ts";
import { RefusedSeries } from "./refused-series.ts";
import type { KnownServer } from "./known-server.ts";
import { EMPTY_SUMMARY, summarize } from "./summary.ts";
import type { LatestValue } from "./summary.ts";

/** Where the newest value of one series is kept, with the one before it. */
export interface LiveSlot {
  readonly metric: string;
  readonly labels: Labels;
  at: Instant;
  value: number;
  previousAt: Instant;
  previousValue: number;
}

/** A series that has not been read for this long is forgotten here; the store keeps it. */
const FORGET_MS = 15 * 60_000;

/**
 * Live readings come in order and never stand further than a minute from the hub's clock, so one that is this much older
 * than the newest tells that the hub's clock was put back.
 */
const CLOCK_STEPPED_MS = 3 * 60_000;

/** The changing part of one server: who is heard, newest values, the summary made of them. */
export class LiveServer {
  #known: KnownServer;
  #fingerprint: string | undefined;
  heardMono: number | undefined;
  heardAt: Instant | undefined;
  writtenHeardAt: Instant | undefined;
  onlineSince: Instant | undefined;
  toldPresence: Presence["is"] | undefined;
  address: string | undefined;
  clockOffsetMs: number | undefined;
  /** What the hub itself applies as the policy of a server without an agent. */
  policySummary: PolicySummary | undefined;
  /** How the hub's own way to it is; undefined where the server comes by itself. */
  linkState: Server["linkState"] | undefined;
  droppedSamples = 0;
  readonly refusedSeries = new RefusedSeries();
  readonly cpuLine = new MinuteLine();
  readonly #slots = new Map<string, LiveSlot>();
  #newestAt: Instant = 0;
  #summary: ServerSummary | undefined = EMPTY_SUMMARY;
  /** Grows when the set of series changes, so that a live page knows to ask for the names again. */
  seriesVersion = 0;

  constructor(known: KnownServer) {
    this.#known = known;
  }

  get known(): KnownServer {
    return this.#known;
  }

  set known(known: KnownServer) {
    this.#known = known;
    this.#fingerprint = undefined;
  }

  /** Six words for the agent's present key. */
  get fingerprint(): string | undefined {
    const key = this.#known.agent?.publicKey;
    if (key) this.#fingerprint ??= fingerprintWords(sha256(key));
    return this.#fingerprint;
  }

  /** The place where a series' newest value is kept; hold it as long as the layout lives. */
  slot(metric: string, labels: Labels): LiveSlot {
    const key = `${metric}{${labelsText(labels)}}`;
    const known = this.#slots.get(key);
    if (known) return known;
    const made: LiveSlot = { metric, labels, at: 0, value: Number.NaN, previousAt: 0, previousValue: Number.NaN };
    this.#slots.set(key, made);
    this.seriesVersion++;
    return made;
  }

  /** The newest value of a series, and when it was read; undefined when it has none. */
  newest(metric: string, labels: Labels): { readonly value: number; readonly at: Instant } | undefined {
    const slot = this.#slots.get(`${metric}{${labelsText(labels)}}`);
    return slot === undefined || slot.at === 0 ? undefined : slot;
  }

  /** Takes one live row in. Older than what is known: it makes history only. */
  take(slots: readonly LiveSlot[], at: Instant, values: ArrayLike<number>): void {
    if (this.#newestAt - at > CLOCK_STEPPED_MS) this.#forgetTimes();
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!;
      const value = values[index]!;
      if (at <= slot.at || Number.isNaN(value)) continue;
      slot.previousAt = slot.at;
      // No rate across a step of the hub's clock.
      slot.previousValue = slot.at === 0 ? Number.NaN : slot.value;
      slot.at = at;
      slot.value = value;
      if (slot.metric === "cpu_busy_ratio") this.cpuLine.add(at, value);
    }
    if (at > this.#newestAt) this.#newestAt = at;
    this.#summary = undefined;
  }

  /** Values stay; what comes next is newer than they are, whatever its time. */
  #forgetTimes(): void {
    this.#newestAt = 0;
    this.cpuLine.clear();
    for (const slot of this.#slots.values()) {
      slot.at = 0;
      slot.previousAt = 0;
      slot.previousValue = Number.NaN;
    }
  }

  /** Takes stored values in where nothing newer has come yet. */
  restore(
    values: readonly {
      readonly metric: string;
      readonly labels: Labels;
      readonly at: Instant;
      readonly value: number;
    }[],
  ): void {
    for (const { metric, labels, at, value } of values) {
      const slot = this.slot(metric, labels);
      if (slot.at >= at) continue;
      slot.at = at;
      slot.value = value;
      this.#newestAt = Math.max(this.#newestAt, at);
    }
    this.#summary = undefined;
  }

  get newestAt(): Instant {
    return this.#newestAt;
  }

  get summary(): ServerSummary {
    this.#summary ??= summarize(this.values());
    return this.#summary;
  }

  /** All series that are read now, in a stable order that only changes with `seriesVersion`. A value may still be NaN. */
  slots(): readonly LiveSlot[] {
    for (const [key, slot] of this.#slots) {
      if (slot.at === 0 || this.#newestAt - slot.at <= FORGET_MS) continue;
      this.#slots.delete(key);
      this.seriesVersion++;
    }
    return [...this.#slots.values()];
  }

  *values(): Generator<LatestValue> {
    for (const slot of this.#slots.values()) {
      if (Number.isNaN(slot.value)) continue;
      yield {
        metric: slot.metric,
        labels: slot.labels,
        at: slot.at,
        value: slot.value,
        previous: Number.isNaN(slot.previousValue) ? undefined : { at: slot.previousAt, value: slot.previousValue },
      };
    }
  }
}
