import type { DatabaseSync } from "node:sqlite";
import { labelsText } from "@muster/core";
import type { Labels } from "@muster/core";

/** A series of a metric, and whose it is. */
export interface Member {
  readonly series: number;
  readonly server: number;
  readonly serverId: string;
  readonly labels: Labels;
  readonly labelsText: string;
}

/** Members are kept for so many metrics: a page asks for a handful, again and again. */
const METRICS_KEPT = 16;

interface Kept {
  readonly state: string;
  /** Ascending by id. */
  readonly all: readonly Member[];
  readonly ofServer: ReadonlyMap<string, readonly Member[]>;
}

/** Which series of all servers a metric has. They are looked up again when a series or server was made or a server deleted. */
export class MetricMembers {
  readonly #select;
  readonly #selectState;
  readonly #kept = new Map<string, Kept>();

  constructor(db: DatabaseSync) {
    this.#select = db.prepare(
      `SELECT series.id, server.id AS server, server.name, labels FROM series JOIN server ON server.id = series.server
       WHERE metric = ? AND server.name IS NOT NULL ORDER BY series.id`,
    );
    this.#selectState = db.prepare(
      `SELECT (SELECT group_concat(seq) FROM sqlite_sequence WHERE name IN ('series', 'server'))
       || '/' || (SELECT count(*) FROM server WHERE name IS NOT NULL) AS state`,
    );
  }

  of(metric: string): Kept {
    const state = String(this.#selectState.get()?.["state"]);
    const kept = this.#kept.get(metric);
    if (kept?.state === state) return kept;
    const all = this.#select.all(metric).map((row): Member => {
      const labels = JSON.parse(String(row["labels"])) as Labels;
      const [series, server] = [Number(row["id"]), Number(row["server"])];
      return { series, server, serverId: String(row["name"]), labels, labelsText: labelsText(labels) };
    });
    const made = { state, all, ofServer: Map.groupBy(all, ({ serverId }) => serverId) };
    this.#kept.delete(metric);
    this.#kept.set(metric, made);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > METRICS_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return made;
  }
}
