import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { apiRule } from "@muster/core";
import type { Logger, RuleDefinition, RuleNames } from "@muster/core";
import { fileStamp } from "@muster/node-kit";
import { checkRule } from "@muster/protocol";
import { LineCounter, parseDocument } from "yaml";
import type { AlertDesk } from "./alerts/alert-desk.ts";

export interface RulesFileDeps {
  readonly alerts: Pick<AlertDesk, "setOfFile">;
  readonly names: RuleNames;
  readonly log: Logger;
}

/** What stands in a file, or what is wrong at which places of it. */
type Reading =
  | { readonly ok: true; readonly rules: readonly RuleDefinition[] }
  | { readonly ok: false; readonly problems: readonly string[] };

const BYTES_MAX = 1024 * 1024;
const RULES_MAX = 1_000;
const PROBLEMS_TOLD_MAX = 20;

/**
 * The rules of the file that the setting `rulesFile` names. They are set when the hub starts and when the file changes;
 * while it cannot be used, what it said before holds.
 */
export class RulesFile {
  readonly #path: string;
  readonly #deps: RulesFileDeps;
  #stamp: string | undefined;
  #problem: string | undefined;

  constructor(path: string, deps: RulesFileDeps) {
    this.#path = path;
    this.#deps = deps;
  }

  /** Why the file is not used, in one line; undefined when it is. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * Looks whether the file is another one, and takes it. One that could not be used is tried each time: it may name a
   * server or a notifier that has come since. Throws what the database throws; the next look tries again.
   */
  async check(): Promise<void> {
    const stamp = fileStamp(this.#path);
    if (stamp === this.#stamp && this.#problem === undefined) return;
    const { alerts, names, log } = this.#deps;
    const reading = readRules(this.#path, names);
    if (reading.ok) {
      await alerts.setOfFile(basename(this.#path), reading.rules);
      this.#problem = undefined;
      log.info("the rules file was taken", { file: this.#path, rules: reading.rules.length });
    } else this.#tell(reading.problems);
    this.#stamp = stamp;
  }

  #tell(problems: readonly string[]): void {
    const told = problems.slice(0, PROBLEMS_TOLD_MAX);
    const problem = `The rules file ${basename(this.#path)} cannot be used, so what it said before holds: ${told.join("; ")}.`;
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#deps.log.error("the rules file cannot be used; what it said before holds", {
      file: this.#path,
      problems: told,
    });
  }
}

/** Every problem with its line. */
function readRules(path: string, names: RuleNames): Reading {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return {
      ok: false,
      problems: [`it cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})`],
    };
  }
  if (text.length > BYTES_MAX) return { ok: false, problems: [`it has more than ${BYTES_MAX} characters`] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: "core", uniqueKeys: true, logLevel: "silent" });
  const problems: string[] = document.errors.map(({ pos, code }) => {
    const { line } = lines.linePos(pos[0]);
    return `line ${line}: it is not YAML (${code.toLowerCase().replaceAll("_", " ")})`;
  });
  if (problems.length > 0) return { ok: false, problems };
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 0 });
  } catch {
    return { ok: false, problems: ["it must not use aliases"] };
  }
  const [list, base] = Array.isArray(tree)
    ? [tree as readonly unknown[], []]
    : [(tree as { readonly rules?: unknown } | null)?.rules, ["rules"]];
  // A file that is empty was more likely cut than meant: whoever wants no rules says so.
  if (!Array.isArray(list)) return { ok: false, problems: ["it must hold a list under `rules`"] };
  if (list.length > RULES_MAX) return { ok: false, problems: [`it holds more than ${RULES_MAX} rules`] };
  /** The line of a field, or of the nearest thing around it that stands in the file. */
  const place = (path: readonly string[]): string => {
    for (let length = path.length; length > 0; length--) {
      const parts = path.slice(0, length).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      const node = document.getIn(parts, true) as { readonly range?: readonly number[] | null } | undefined;
      const offset = node?.range?.[0];
      if (offset !== undefined) return `line ${lines.linePos(offset).line} (${path.join(".")})`;
    }
    return path.join(".");
  };
  const rules: RuleDefinition[] = [];
  const seen = new Set<string>();
  list.forEach((written: unknown, index) => {
    const read = apiRule(written, names);
    const checked = read.ok ? checkRule(read.rule) : read;
    const at = [...base, String(index)];
    if (!checked.ok) {
      for (const [field, why] of Object.entries(checked.problems))
        problems.push(`${place([...at, ...field.split(".").filter((part) => part !== "")])}: ${why}`);
      return;
    }
    if (seen.has(checked.rule.name)) problems.push(`${place([...at, "name"])}: stands there before`);
    seen.add(checked.rule.name);
    rules.push(checked.rule);
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rules };
}
