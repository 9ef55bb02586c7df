import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "@muster/core";
import type { AppendJob, AppendOutcome, AppliedJob, Outcome, WriteCalls, WriteOutcomes } from "./calls.ts";
import { BlockRows } from "./block-rows.ts";
import { FleetHours } from "./fleet-hours.ts";
import { Frames } from "./frames.ts";
import { Journal } from "./journal.ts";
import { Layouts } from "./layouts.ts";
import { Pruning } from "./pruning.ts";
import { ReceiptRows } from "./receipt-rows.ts";
import { Retained } from "./retained.ts";
import { RollUps } from "./roll-ups.ts";
import { RAW } from "./schema.ts";
import { Sealing } from "./sealing.ts";
import { SeriesHours } from "./series-hours.ts";
import { SeriesRows } from "./series-rows.ts";
import { ServerRows } from "./server-rows.ts";
import { failureOf } from "./storage-failure.ts";

type Answer = WriteCalls[keyof WriteCalls]["answer"];

/** Runs on the writing thread. A group of jobs is one transaction; nothing is answered before its COMMIT. */
export class Writer {
  readonly #db: DatabaseSync;
  readonly #servers: ServerRows;
  readonly #series: SeriesRows;
  readonly #layouts: Layouts;
  readonly #frames: Frames;
  readonly #receipts: ReceiptRows;
  readonly #pruning: Pruning;
  readonly #retained: Retained;
  readonly #blocks: BlockRows;
  readonly #journal: Journal;
  readonly #sealing: Sealing;
  readonly #seriesHours: SeriesHours;
  readonly #fleetHours: FleetHours;
  readonly #begin;
  readonly #end;
  readonly #addToTally;
  /** How the group being written changes the number of samples. */
  #tallyChange = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#servers = new ServerRows(db);
    this.#series = new SeriesRows(db);
    this.#layouts = new Layouts(db);
    this.#blocks = new BlockRows(db);
    this.#frames = new Frames(db, this.#layouts, this.#blocks);
    this.#receipts = new ReceiptRows(db);
    this.#journal = new Journal(db, {
      layouts: this.#layouts,
      frames: this.#frames,
      blocks: this.#blocks,
      receipts: this.#receipts,
    });
    this.#seriesHours = new SeriesHours(db, this.#blocks);
    this.#fleetHours = new FleetHours(db, this.#blocks);
    const rollUps = new RollUps(db, this.#blocks, this.#fleetHours);
    const sources = { blocks: this.#blocks, frames: this.#frames, journal: this.#journal };
    this.#sealing = new Sealing(db, sources, { rollUps, seriesHours: this.#seriesHours, fleetHours: this.#fleetHours });
    const kept = {
      ...sources,
      sealing: this.#sealing,
      rollUps,
      seriesHours: this.#seriesHours,
      fleetHours: this.#fleetHours,
    };
    this.#retained = new Retained(db);
    this.#pruning = new Pruning(db, kept, this.#retained);
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#end = db.prepare("COMMIT");
    this.#addToTally = db.prepare("UPDATE tally SET samples = samples + ?");
  }

  hiddenServers(): readonly number[] {
    return this.#servers.hidden();
  }

  /** Samples before this became minutes, and must not come again. */
  samplesSince(): Instant {
    return this.#retained.since(RAW);
  }

  /** Commits a group of jobs, which are made one after the other, anew each time they are asked for. */
  run(jobs: () => Iterable<AppliedJob>): WriteOutcomes {
    try {
      return this.#commit(jobs());
    } catch (error) {
      const failure = failureOf(error);
      const all = [...jobs()];
      // Trouble with the disk meets all alike. Otherwise one bad job must not take the others along.
      const isOfOneJob = failure.code === "INTERNAL" && all.length > 1;
      return isOfOneJob
        ? all.flatMap((job) => this.run(() => [job]))
        : all.map((): Outcome<never> => ({ is: "failed", failure }));
    }
  }

  #commit(jobs: Iterable<AppliedJob>): WriteOutcomes {
    this.#tallyChange = 0;
    try {
      this.#begin.run();
      const outcomes: Outcome<Answer>[] = [];
      for (const job of jobs) outcomes.push({ is: "done", answer: this.#apply(job) });
      if (this.#tallyChange !== 0) this.#addToTally.run(this.#tallyChange);
      this.#end.run();
      return outcomes;
    } catch (error) {
      // What was learnt inside the transaction goes with it.
      this.#servers.forget();
      this.#layouts.forget();
      this.#frames.forget();
      this.#blocks.forget();
      this.#seriesHours.forget();
      this.#fleetHours.restart();
      // SQLite has rolled back by itself after some errors.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      this.#journal.load();
      throw error;
    }
  }

  #apply(job: AppliedJob): Answer {
    switch (job.kind) {
      case "append":
        return this.#append(job);
      case "series":
        return this.#register(job);
      case "receipts":
        return this.#receipts.of(job.stream);
      case "settleBelow":
        if (job.seq > 0) this.#receipts.addRange(job.stream, 0, job.seq - 1, undefined);
        return undefined;
      case "hideServer":
        return this.#hide(job.serverId);
      case "purgeSlice": {
        const { droppedCount, isMore } = this.#pruning.purgeSlice(job.server);
        this.#tallyChange -= droppedCount;
        return isMore;
      }
      case "dropSlice": {
        const slice = this.#pruning.dropSlice(job);
        this.#layouts.forget();
        this.#tallyChange -= slice.droppedCount;
        return slice;
      }
      case "sealSlice":
        return this.#sealing.slice(job.now, job.after);
      case "shrinkSlice":
        return this.#pruning.shrinkSlice();
    }
  }

  #hide(serverId: string): number | undefined {
    const server = this.#servers.find(serverId);
    // Its samples are counted as they are purged, and in frames only.
    if (server !== undefined) this.#journal.flush(server);
    this.#layouts.forget();
    return this.#servers.hide(serverId);
  }

  #register(job: WriteCalls["series"]["ask"]): WriteCalls["series"]["answer"] {
    const server = this.#servers.findOrMake(job.serverId);
    return this.#series.register(server, job.descriptions, job.seriesPerServerMax, job.now);
  }

  #append(job: AppendJob): AppendOutcome {
    const server = this.#servers.find(job.serverId);
    const outcome = { alreadyStored: false, storedCount: 0, duplicateCount: 0, unknownSeriesCount: 0 };
    const { receipt } = job;
    if (receipt !== undefined && this.#receipts.has(receipt.stream, receipt.seq)) {
      return { ...outcome, alreadyStored: true };
    }
    this.#fleetHours.noteRows(job.rows.at);
    const [first] = job.rows.at;
    const plan =
      server === undefined || first === undefined ? undefined : this.#layouts.plan(server, job.series, first);
    const taken = plan && this.#journal.take(plan, job.rows, receipt);
    if (taken !== undefined) {
      this.#tallyChange += taken;
      return { ...outcome, storedCount: taken };
    }
    if (server !== undefined) this.#journal.flush(server);
    if (receipt !== undefined) this.#receipts.add(receipt.stream, receipt.seq, server);
    if (plan !== undefined) Object.assign(outcome, this.#frames.store(plan, job.rows));
    else if (server === undefined) {
      outcome.unknownSeriesCount = job.rows.values.reduce(
        (count, value) => count + (Number.isFinite(value) ? 1 : 0),
        0,
      );
    }
    this.#tallyChange += outcome.storedCount;
    return outcome;
  }
}
