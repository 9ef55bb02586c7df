import { type Labels, type SampleSink, labelsText } from "@muster/core";

/** One number as a collector gave it. */
export interface Reading {
  readonly kind: "gauge" | "counter";
  readonly metric: string;
  readonly labels: Labels;
  readonly value: number;
}

const NO_LABELS: Labels = {};

/** A sink that keeps the newest value of each series. */
export class Readings implements SampleSink {
  readonly #bySeries = new Map<string, Reading>();

  gauge(metric: string, value: number, labels: Labels = NO_LABELS): void {
    this.#put({ kind: "gauge", metric, labels, value });
  }

  counter(metric: string, total: number, labels: Labels = NO_LABELS): void {
    this.#put({ kind: "counter", metric, labels, value: total });
  }

  /** The newest value, or undefined when none came. */
  get(metric: string, labels: Labels = NO_LABELS): number | undefined {
    return this.#bySeries.get(keyOf(metric, labels))?.value;
  }

  /** All series of a metric, in the order in which they first came. */
  labelled(metric: string): readonly Reading[] {
    return this.all().filter((reading) => reading.metric === metric);
  }

  all(): readonly Reading[] {
    return [...this.#bySeries.values()];
  }

  #put(reading: Reading): void {
    this.#bySeries.set(keyOf(reading.metric, reading.labels), reading);
  }
}

const keyOf = (metric: string, labels: Labels): string => `${metric}{${labelsText(labels)}}`;
