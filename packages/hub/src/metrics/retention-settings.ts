import { DAY_MS, MusterError } from "@muster/core";
import type { RetentionDays } from "@muster/core";
import type { Retention } from "./metric-store.ts";

/** Where the choice of an administrator is kept; undefined until one was made. */
export interface RetentionStore {
  read(): Promise<RetentionDays | undefined>;
  write(retention: RetentionDays): Promise<void>;
}

/** How long history is kept: as the configuration says, until somebody chooses otherwise in the panel. */
export class RetentionSettings {
  readonly #store: RetentionStore;
  #current: RetentionDays;

  private constructor(store: RetentionStore, current: RetentionDays) {
    this.#store = store;
    this.#current = current;
  }

  static async open(store: RetentionStore, configured: RetentionDays): Promise<RetentionSettings> {
    return new RetentionSettings(store, (await store.read()) ?? inOrder(configured));
  }

  get current(): RetentionDays {
    return this.#current;
  }

  /** As the store of samples takes it. */
  get ages(): Retention {
    const { samplesDays, minutesDays, hoursDays, bytesMax } = this.#current;
    return {
      samplesMs: samplesDays * DAY_MS,
      minutesMs: minutesDays * DAY_MS,
      hoursMs: hoursDays * DAY_MS,
      ...(bytesMax !== null && { bytesMax }),
    };
  }

  /** Durable when it resolves. Throws BAD_REQUEST where a coarse resolution would go before a finer one. */
  async change(wanted: RetentionDays): Promise<RetentionDays> {
    const fields: Record<string, string> = {};
    if (wanted.minutesDays < wanted.samplesDays) fields["minutesDays"] = "must not be less than samplesDays";
    if (wanted.hoursDays < wanted.minutesDays) fields["hoursDays"] = "must not be less than minutesDays";
    if (Object.keys(fields).length > 0) throw new MusterError("BAD_REQUEST", { fields });
    await this.#store.write(wanted);
    this.#current = wanted;
    return wanted;
  }
}

/** A configuration that sets one of them leaves the others at least as long. */
const inOrder = ({ samplesDays, minutesDays, hoursDays, bytesMax }: RetentionDays): RetentionDays => ({
  samplesDays,
  minutesDays: Math.max(samplesDays, minutesDays),
  hoursDays: Math.max(samplesDays, minutesDays, hoursDays),
  bytesMax,
});
