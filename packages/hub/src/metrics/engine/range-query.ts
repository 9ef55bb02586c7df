import type { DatabaseSync } from "node:sqlite";
import { labelsText, MusterError } from "@muster/core";
import type { Labels, Stepper } from "@muster/core";
import { LineCollector } from "../line-collector.ts";
import type { LinePart } from "../line-collector.ts";
import type { Query, QueryLine } from "../metric-store.ts";
import { compareText, matchesLabels } from "../series-order.ts";
import { BucketQuery, mayUseBuckets } from "./bucket-query.ts";
import { FleetQuery } from "./fleet-query.ts";
import { MetricMembers } from "./metric-members.ts";
import type { Retained } from "./retained.ts";
import type { Look, SampleScan } from "./sample-scan.ts";
import { ClosedHours } from "./series-hours.ts";
import { basesBefore } from "./targets.ts";
import type { Target } from "./targets.ts";

/** Between two looks at the abort flag pass about two milliseconds. */
const SAMPLES_PER_LOOK = 20_000;

/** With more servers than this, the series of a metric are found at once and not server by server. */
const SERVERS_BY_METRIC = 16;

/** The row of a server, and which of its series a query wants. */
type FindTargets = (serverId: string) => { readonly server: number | undefined; readonly targets: readonly Target[] };
const NOTHING = { server: undefined, targets: [] };

/** Thrown to leave a scan nobody waits for any more; the asker has its own error by then. */
export class Aborted extends Error {}

/** Looks now and then whether the reading was given up, and counts what it reads. */
export function watchful(abortFlag: Int32Array, samplesMax = Infinity): Look {
  let samplesRead = 0;
  let looked = -Infinity;
  return (samples) => {
    samplesRead += samples;
    if (samplesRead > samplesMax) throw new MusterError("QUERY_TOO_LARGE");
    if (samplesRead - looked < SAMPLES_PER_LOOK) return;
    looked = samplesRead;
    if (Atomics.load(abortFlag, 0) === 1) throw new Aborted();
  };
}

/** Answers `query`: one walk over the blocks and frames of each server, whatever number of its series match. */
export class RangeQuery {
  readonly #scan: SampleScan;
  readonly #retained: Retained;
  readonly #buckets: BucketQuery;
  readonly #members: MetricMembers;
  readonly #fleet: FleetQuery;
  readonly #selectSeries;

  constructor(db: DatabaseSync, scan: SampleScan, retained: Retained) {
    this.#scan = scan;
    this.#retained = retained;
    this.#members = new MetricMembers(db);
    this.#fleet = new FleetQuery(db, this.#members);
    this.#buckets = new BucketQuery(scan, retained, new ClosedHours(db));
    this.#selectSeries = db.prepare("SELECT id, labels FROM series WHERE server = ? AND metric = ?");
  }

  run(query: Query, abortFlag: Int32Array): readonly QueryLine[] {
    const lines = new LineCollector(query);
    const look = watchful(abortFlag, query.samplesMax);
    let { from } = query.range;
    for (const range of this.#fleet.parts(query)) {
      if (from < range.from) this.#readServers(query, lines.part({ from, until: range.from }), look);
      const part = lines.part(range);
      const ofFleet = this.#fleet.lines(query, part, look);
      if (ofFleet === undefined) this.#readServers(query, part, look);
      for (const line of ofFleet ?? []) part.take(line);
      from = range.until;
    }
    if (from < query.range.until) this.#readServers(query, lines.part({ from, until: query.range.until }), look);
    return lines.finish();
  }

  #readServers(query: Query, part: LinePart, look: Look): void {
    const useBuckets = mayUseBuckets(query.stepMs, part.range, this.#retained);
    const serverIds = [...new Set(query.serverIds)].sort(compareText);
    const find = serverIds.length > SERVERS_BY_METRIC ? this.#findByMetric(query) : this.#findByServer(query);
    for (const serverId of serverIds) {
      // Finding a server costs about as much as reading this many samples.
      look(100);
      const { server, targets } = find(serverId);
      if (server === undefined || targets.length === 0) continue;
      if (useBuckets) this.#buckets.run(server, serverId, query, targets, part, look);
      else this.#fold(server, serverId, targets, part, look);
    }
  }

  #findByServer(query: Query): FindTargets {
    return (serverId) => {
      const server = this.#scan.frames.serverRow(serverId);
      if (server === undefined) return NOTHING;
      const targets = query.select.flatMap((asked, selection) =>
        this.#selectSeries.all(server, asked.metric).flatMap((row): readonly Target[] => {
          const labels = JSON.parse(String(row["labels"])) as Labels;
          if (!matchesLabels(labels, asked.match)) return [];
          return [{ selection, asked, series: Number(row["id"]), labels, labelsText: labelsText(labels) }];
        }),
      );
      return { server, targets };
    };
  }

  #findByMetric(query: Query): FindTargets {
    const ofServer = query.select.map(({ metric }) => this.#members.of(metric).ofServer);
    return (serverId) => {
      let server: number | undefined;
      const targets = query.select.flatMap((asked, selection) =>
        (ofServer[selection]?.get(serverId) ?? []).flatMap((member): readonly Target[] => {
          server = member.server;
          const { series, labels } = member;
          return matchesLabels(labels, asked.match)
            ? [{ selection, asked, series, labels, labelsText: member.labelsText }]
            : [];
        }),
      );
      return { server, targets };
    };
  }

  #fold(server: number, serverId: string, targets: readonly Target[], part: LinePart, look: Look): void {
    const { range } = part;
    const bases = basesBefore(this.#scan, server, range.from, targets, look);
    const targetsOf = new Map<number, Target[]>();
    for (const target of targets) targetsOf.set(target.series, [...(targetsOf.get(target.series) ?? []), target]);
    const folds = new Map<Target, readonly Stepper[]>();
    const start = (target: Target): readonly Stepper[] => {
      part.spend();
      const steppers = part.steppers(target.asked);
      const base = bases.get(target.series);
      if (base !== undefined && target.asked.step === "rate") steppers[0]?.add(base.at, base.value);
      folds.set(target, steppers);
      return steppers;
    };
    this.#scan.forEachRun(server, range, [...targetsOf.keys()], look, (series, at, values, first, end) => {
      if (!hasValue(values, first, end)) return;
      for (const target of targetsOf.get(series) ?? []) {
        for (const stepper of folds.get(target) ?? start(target)) stepper.addRun(at, values, first, end);
      }
    });
    for (const [{ selection, labels, labelsText: text }, steppers] of folds) {
      const [points = new Float64Array(), min, max] = steppers.map((stepper) => stepper.finish());
      part.take({ selection, serverId, labels, labelsText: text, values: points, ...(min && max && { min, max }) });
    }
  }
}

function hasValue(values: ArrayLike<number>, first: number, end: number): boolean {
  for (let row = first; row < end; row++) if (!Number.isNaN(values[row] ?? NaN)) return true;
  return false;
}
