import { dirname, resolve } from "node:path";
import { compactSpan, isFields, MusterError, parseRuleScript, runRuleScript } from "@muster/core";
import type { ScriptVerdict } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { Command } from "commander";
import { listUnder, readTree } from "../import/written-file.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { localCommand } from "./options.ts";

interface FileVerdict extends ScriptVerdict {
  readonly file: string;
  /** How long the script's world lasts. */
  readonly lengthMs: number;
}

/** Not from the catalogue: the scripts are fine, and rules do not do what one of them expects. */
const EXIT_OTHERWISE = 1;

/** `rules test`: scripts of rules on a clock of their own, without a hub. */
export function addRulesTestCommand(rules: Command, shell: Shell, exit: (code: number) => void): void {
  localCommand(
    rules
      .command("test <file...>")
      .description(
        "Run scripts that say how things are and what is to be told then; ends with 1 when something else is told.",
      )
      .addHelpText(
        "after",
        "\nA file is one script or a list of them, in YAML or JSON; docs/alerts.md shows one. No hub is asked.",
      ),
    shell,
    async ({ show, colours }, ...files) => {
      const items: FileVerdict[] = [];
      for (const file of files) items.push(...(await verdictsOf(shell, file)));
      if (items.some(({ outcome }) => outcome === "failed")) exit(EXIT_OTHERWISE);
      await show({ items }, () => items.map((item) => verdictText(item, colours)).join(""));
    },
  );
}

/** Throws BAD_REQUEST naming what is wrong in the file. */
async function verdictsOf(shell: Shell, file: string): Promise<readonly FileVerdict[]> {
  const tree = await readTree(shell, file);
  const { checkRule } = await import("@muster/protocol");
  const scripts: readonly unknown[] = Array.isArray(tree) ? tree : [tree];
  const verdicts: FileVerdict[] = [];
  for (const [index, one] of scripts.entries()) {
    const parsed = parseRuleScript(await withRules(shell, file, one), checkRule);
    if (!parsed.ok) {
      const place = Array.isArray(tree) ? `${index}.` : "";
      const fields = Object.entries(parsed.problems).map(([field, why]): [string, string] => [`${place}${field}`, why]);
      throw new MusterError("BAD_REQUEST", { message: `${file} is not valid.`, fields: Object.fromEntries(fields) });
    }
    const { stepMs, steps } = parsed.script.world;
    verdicts.push({ file, ...runRuleScript(parsed.script), lengthMs: stepMs * steps });
  }
  return verdicts;
}

/** A script that names a file of rules, as seen from itself, gets them: so the very file of a hub can be tested. */
async function withRules(shell: Shell, file: string, script: unknown): Promise<unknown> {
  if (!isFields(script) || typeof script["rules"] !== "string") return script;
  return { ...script, rules: listUnder("rules", await readTree(shell, resolve(dirname(file), script["rules"]))) };
}

function verdictText(verdict: FileVerdict, colours: Colours): string {
  const { file, name, outcome, notices, incidents, differences, lengthMs } = verdict;
  const colour = { ok: colours.good, failed: colours.bad, shown: colours.faint }[outcome];
  const count = (what: string, of: number): string => `${of} ${what}${of === 1 ? "" : "s"}`;
  const sum = `${compactSpan(lengthMs)}, ${count("incident", incidents.length)}, ${count("notice", notices.length)}`;
  const head = `${colour(outcome)}  ${escapeControls(name === "" ? file : `${file}: ${name}`)} (${sum})\n`;
  const lines =
    outcome === "shown"
      ? [...(["incidents", "notices"] as const)].flatMap((of) => [`${of}:`, ...verdict[of].map((line) => `  ${line}`)])
      : differences.map(({ of, is, line }) =>
          is === "missing"
            ? `- ${line}  (${of}: expected, and did not come)`
            : `+ ${line}  (${of}: came, and was not expected)`,
        );
  return head + lines.map((line) => `  ${escapeControls(line)}\n`).join("");
}
