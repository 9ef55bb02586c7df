import { hostPort } from "../../links/host-and-port.ts";
import { PLAIN, probeKindEntry } from "../probe-kind-entry.ts";
import { loginFields } from "./database-fields.ts";

const BOUND = { is: "number", unit: "count", least: -1e15, most: 1e15, default: 0, further: true } as const;

export const sqlProbe = probeKindEntry({
  ...PLAIN,
  title: "SQL metric",
  meaning: "Asks a database one read-only question and keeps every number of the answer as a metric of its own.",
  group: "database",
  secret: "optional",
  intervalMsDefault: 60_000,
  fields: {
    engine: { is: "choice", of: ["postgres", "mariadb"], default: "postgres" },
    ...loginFields(5432),
    database: { is: "text", form: "any", charactersMax: 64 },
    query: { is: "text", form: "any", block: true, charactersMax: 8_000 },
    // What a column must be, in every row; nothing unless a column is named.
    column: { is: "text", form: "any", charactersMax: 64, default: "", further: true },
    columnMustBe: { is: "choice", of: ["at-least", "at-most", "between"], default: "at-most", further: true },
    least: BOUND,
    most: BOUND,
  },
  target: ({ engine, host, port, database }) => `${engine} ${hostPort(host, port)}/${database}`,
  charts: [],
});
