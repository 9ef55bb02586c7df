import type { PullSample } from "../pull/reading.ts";
import type { Health } from "../services/service.ts";

/** How a number of a report is to be read. `instant`: epoch milliseconds. */
export type ReportUnit =
  | "bytes"
  | "seconds"
  | "milliseconds"
  | "ratio"
  | "per_second"
  | "bytes_per_second"
  | "count"
  | "instant";

export type ReportValue = string | number | boolean | null;

/** One thing that was seen. `key` names it for every language; null: it could not be seen. */
export interface ReportFact {
  readonly key: string;
  readonly value: ReportValue;
  readonly unit?: ReportUnit;
}

/** A list of things of one sort, such as the tables of a database. */
export interface ReportTable {
  readonly key: string;
  readonly columns: readonly { readonly key: string; readonly unit?: ReportUnit }[];
  readonly rows: readonly (readonly ReportValue[])[];
  /** What a person must know to read it, such as that it is a sample; or why it is empty and what to do. */
  readonly note?: string;
}

/** What a probe saw, for its page. Texts of others in it are bounded and hold no secrets. */
export interface ProbeReport {
  readonly facts: readonly ReportFact[];
  readonly tables: readonly ReportTable[];
}

export const EMPTY_REPORT: ProbeReport = { facts: [], tables: [] };

/**
 * What came of one run. A sick target is a result; `unknown` means that the probe itself could not look, which says
 * nothing of the target.
 */
export interface ProbeResult {
  readonly health: Health;
  /** One sentence for people: what is wrong and what was expected, or in short what was seen. */
  readonly detail: string;
  /** How long the target took to answer, without what the probe did besides; null when it did not answer. */
  readonly tookMs: number | null;
  readonly samples: readonly PullSample[];
  readonly report: ProbeReport;
}

export const REPORT_ROWS_MAX = 50;
export const REPORT_TEXT_CHARACTERS_MAX = 300;
const DETAIL_CHARACTERS_MAX = 300;

/**
 * Text of others as a piece of ours: no controls, no marks that turn it around, bounded. Only its beginning is looked at:
 * a value of a database may have megabytes.
 */
export const plainText = (text: string, charactersMax = REPORT_TEXT_CHARACTERS_MAX): string =>
  text
    .slice(0, 4 * charactersMax)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, charactersMax);

/** A result in which everything that came from outside is bounded, whatever the kind made of it. */
export function boundedResult(result: ProbeResult): ProbeResult {
  const value = (one: ReportValue): ReportValue => {
    if (typeof one === "number") return Number.isFinite(one) ? one : null;
    return typeof one === "string" ? plainText(one) : one;
  };
  const { facts, tables } = result.report;
  return {
    ...result,
    detail: plainText(result.detail, DETAIL_CHARACTERS_MAX),
    samples: result.samples.slice(0, 200).filter((sample) => Number.isFinite(sample.value)),
    report: {
      facts: facts.slice(0, REPORT_ROWS_MAX).map((fact) => ({ ...fact, value: value(fact.value) })),
      tables: tables.slice(0, 8).map((table) => ({
        ...table,
        ...(table.note !== undefined && { note: plainText(table.note) }),
        rows: table.rows.slice(0, REPORT_ROWS_MAX).map((row) => row.slice(0, 12).map(value)),
      })),
    },
  };
}
