import type { Labels, StepFunction } from "@muster/core";
import type { ContentType } from "@muster/protocol";
import { csvNumber, csvText } from "./csv.ts";

/** What all rows of a column have; the last three are of points only. */
export interface RowFacts {
  readonly serverId: string | null;
  readonly server: string | null;
  readonly metric: string;
  readonly labels: Labels;
  readonly function?: StepFunction;
  readonly tag?: string | null;
  readonly seriesCount?: number;
}

export interface ExportHead {
  readonly from: number;
  readonly to: number;
  /** Null: the samples themselves. */
  readonly stepMs: number | null;
}

/** How rows become text: head, rows with `between` them, `after` where there were any, foot. */
export interface RowFormat {
  readonly contentType: ContentType;
  /** Of the file's name. */
  readonly extension: string;
  head(about: ExportHead): string;
  /** Made once a column, so that what is the same in all its rows is written once. */
  rowOf(facts: RowFacts): (at: number, value: number) => string;
  readonly between: string;
  readonly after: string;
  readonly foot: string;
}

const SAMPLE_FIELDS = ["time", "timeMs", "value", "serverId", "server", "metric", "labels"] as const;
const POINT_FIELDS = [...SAMPLE_FIELDS, "function", "tag", "seriesCount"] as const;

const timeOf = (at: number): string => new Date(at).toISOString();

const csv: RowFormat = {
  contentType: "text/csv",
  extension: "csv",
  head: ({ stepMs }) => `${(stepMs === null ? SAMPLE_FIELDS : POINT_FIELDS).join(",")}\r\n`,
  rowOf({ serverId, server, metric, labels, function: step, tag, seriesCount }) {
    const cells = [serverId ?? "", server ?? "", metric, JSON.stringify(labels)];
    const points = step === undefined ? [] : [step, tag ?? "", String(seriesCount)];
    const rest = [...cells, ...points].map(csvText).join(",");
    return (at, value) => `${timeOf(at)},${at},${csvNumber(value)},${rest}`;
  },
  between: "\r\n",
  after: "\r\n",
  foot: "",
};

/** JSON knows neither infinity nor NaN; a minus zero is written as it is. */
const jsonNumber = (value: number): string => (Number.isFinite(value) ? csvNumber(value) : "null");

const jsonRow: RowFormat["rowOf"] = (facts) => {
  const rest = JSON.stringify(facts).slice(1);
  return (at, value) => `{"time":"${timeOf(at)}","timeMs":${at},"value":${jsonNumber(value)},${rest}`;
};

const ndjson: RowFormat = {
  contentType: "application/x-ndjson",
  extension: "ndjson",
  head: () => "",
  rowOf: jsonRow,
  between: "\n",
  after: "\n",
  foot: "",
};

const json: RowFormat = {
  contentType: "application/json",
  extension: "json",
  head: (about) => `${JSON.stringify(about).slice(0, -1)},"rows":[\n`,
  rowOf: jsonRow,
  between: ",\n",
  after: "\n",
  foot: "]}\n",
};

export const ROW_FORMATS = { csv, ndjson, json } as const;
