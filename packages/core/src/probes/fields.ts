import { isHost } from "../links/host-and-port.ts";
import { templateProblem } from "../notify/template-text.ts";
import { isExactName } from "../policy/exact-text.ts";
import { isExitCodes } from "./exec/exit-codes.ts";

/** What a text must look like. `http-url` and `ws-url` hold no user name or password; those belong in the secret. */
export type TextForm =
  | "any"
  | "host"
  | "http-url"
  | "ws-url"
  | "word"
  | "header"
  | "policy-name"
  | "exit-codes"
  | "template";

/** One setting of a kind of probe: what checks it at every door, and what forms are made from. */
export type ProbeField =
  | {
      readonly is: "text";
      readonly form: TextForm;
      readonly charactersMax: number;
      /** Several lines may be entered: a body, a query, a certificate. */
      readonly block?: true;
      /** Absent: it must be given. */
      readonly default?: string;
      /** Shown when more settings are asked for. */
      readonly further?: true;
    }
  | {
      readonly is: "number";
      readonly least: number;
      readonly most: number;
      readonly unit: "port" | "milliseconds" | "seconds" | "days" | "count" | "ratio" | "bytes";
      readonly default: number;
      readonly further?: true;
    }
  | { readonly is: "choice"; readonly of: readonly string[]; readonly default: string; readonly further?: true }
  | { readonly is: "flag"; readonly default: boolean; readonly further?: true }
  | {
      readonly is: "lines";
      readonly form: TextForm;
      readonly itemsMax: number;
      readonly charactersMax: number;
      readonly further?: true;
    };

export type ProbeFields = Readonly<Record<string, ProbeField>>;

type ValueOf<F extends ProbeField> = F extends { readonly is: "number" }
  ? number
  : F extends { readonly is: "flag" }
    ? boolean
    : F extends { readonly is: "lines" }
      ? readonly string[]
      : F extends { readonly is: "choice"; readonly of: readonly (infer Choice)[] }
        ? Choice
        : string;

/** Settings as a kind reads them: every field is there. */
export type SettingsOf<F extends ProbeFields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Settings of any kind, as they are kept and sent. */
export type ProbeSettings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export type ParsedSettings =
  | { readonly ok: true; readonly settings: ProbeSettings }
  /** Why, by field. */
  | { readonly ok: false; readonly problems: Readonly<Record<string, string>> };

const HTTP_URL = /^https?:\/\/[^\s/@?#]+(?:[/?#]\S*)?$/i;
const WS_URL = /^wss?:\/\/[^\s/@?#]+(?:[/?#]\S*)?$/i;
const WORD = /^[A-Za-z0-9_.@:+-]{1,200}$/;
const HEADER = /^[A-Za-z0-9-]{1,64}: ?[\t\x20-\x7e]{0,2000}$/;

interface FormProblem {
  readonly test: (text: string) => boolean;
  readonly why: string | ((text: string) => string);
}

const FORM_PROBLEMS: Readonly<Record<Exclude<TextForm, "any">, FormProblem>> = {
  host: { test: isHost, why: "must be a host name or an address" },
  "http-url": {
    test: (text) => HTTP_URL.test(text),
    why: "must be an address with http:// or https:// and no password",
  },
  "ws-url": { test: (text) => WS_URL.test(text), why: "must be an address with ws:// or wss:// and no password" },
  word: { test: (text) => WORD.test(text), why: "must be one word of letters, digits and . _ - @ : +" },
  header: { test: (text) => HEADER.test(text), why: "must be like `Name: value`, in printable characters" },
  "policy-name": { test: isExactName, why: "must be a name of the server's policy, of letters, digits and . _ - @ :" },
  "exit-codes": { test: isExitCodes, why: "must be exit codes such as 0, 2, or none" },
  template: { test: (text) => templateProblem(text) === undefined, why: (text) => templateProblem(text) ?? "" },
};

/** Checks what was entered against a kind's fields and fills in what was left out. An unknown field is a problem too. */
export function parseSettings(fields: ProbeFields, given: Readonly<Record<string, unknown>>): ParsedSettings {
  const problems: Record<string, string> = {};
  const settings: Record<string, string | number | boolean | readonly string[]> = {};
  for (const name of Object.keys(given))
    if (!Object.hasOwn(fields, name)) problems[name] = "is no setting of this kind";
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name] ?? defaultOf(field);
    const problem = value === undefined ? "is needed" : problemOf(field, value);
    if (problem !== undefined) problems[name] = problem;
    else settings[name] = value as ProbeSettings[string];
  }
  return Object.keys(problems).length === 0 ? { ok: true, settings } : { ok: false, problems };
}

/** What stands in a field that nobody filled in; undefined where somebody must. */
export const defaultOf = (field: ProbeField): ProbeSettings[string] | undefined =>
  field.is === "lines" ? [] : field.default;

/** Settings that were kept before a kind had all of its fields: what is new in it is as nobody filled it in. */
export const withDefaults = (fields: ProbeFields, kept: ProbeSettings): ProbeSettings => ({
  ...Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const value = defaultOf(field);
      return value === undefined ? [] : [[name, value] as const];
    }),
  ),
  ...kept,
});

/** Why a value cannot stand in a field; undefined when it can. */
export function problemOf(field: ProbeField, value: unknown): string | undefined {
  switch (field.is) {
    case "text":
      if (typeof value !== "string") return "must be text";
      return value === field.default ? undefined : textProblem(field, value);
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) return "must be a number";
      if (field.unit !== "ratio" && !Number.isInteger(value)) return "must be a whole number";
      return value < field.least || value > field.most ? `must be ${field.least} to ${field.most}` : undefined;
    case "choice":
      return typeof value === "string" && field.of.includes(value)
        ? undefined
        : `must be one of ${field.of.join(", ")}`;
    case "flag":
      return typeof value === "boolean" ? undefined : "must be true or false";
    case "lines": {
      if (!Array.isArray(value)) return "must be a list of texts";
      if (value.length > field.itemsMax) return `must be at most ${field.itemsMax} lines`;
      for (const line of value as unknown[]) {
        const problem = typeof line === "string" ? textProblem(field, line) : "must be a list of texts";
        if (problem !== undefined) return problem;
      }
      return undefined;
    }
  }
}

function textProblem(
  { form, charactersMax, ...field }: { form: TextForm; charactersMax: number; block?: true },
  text: string,
): string | undefined {
  if (text === "") return "must not be empty";
  if (text.length > charactersMax) return `must have at most ${charactersMax} characters`;
  // A block has lines and tabs.
  if (/\p{Cc}/u.test(field.block === true ? text.replaceAll(/[\t\n\r]/g, "") : text))
    return "must hold no control characters";
  if (form === "any") return undefined;
  const { test, why } = FORM_PROBLEMS[form];
  return test(text) ? undefined : typeof why === "string" ? why : why(text);
}
