import { AnsibleInventory } from "./ansible-inventory.ts";
import { quoted } from "./foreign-text.ts";
import type { ImportChoices } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { splitWords } from "./words.ts";

const LINE_CHARACTERS_MAX = 65_536;

/** An inventory of Ansible's in the form of an INI file. */
export function readAnsibleIni(text: string, plan: PlanBuilder, choices: ImportChoices): void {
  const inventory = new AnsibleInventory(plan);
  let section: { readonly group: string; readonly holds: "hosts" | "children" | "vars" } | undefined = {
    group: "ungrouped",
    holds: "hosts",
  };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const where = `line ${index + 1}`;
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    if (line.length > LINE_CHARACTERS_MAX) {
      plan.problem(where, `left out: has more than ${LINE_CHARACTERS_MAX} characters`);
    } else if (line.startsWith("[") && !/^\[[0-9A-Fa-f]*:[0-9A-Fa-f:]*\]/.test(line)) {
      section = sectionOf(line);
      if (section === undefined)
        plan.problem(where, "left out, with what stands under it: is no section of an inventory");
      else inventory.group(where, section.group);
    } else if (section?.holds === "hosts") {
      const [host, ...rest] = splitWords(line) ?? [];
      if (host === undefined) plan.problem(where, "left out: has a quote that is not closed");
      else
        inventory.hosts(
          where,
          host,
          section.group,
          rest.flatMap((word) => variableOf(word, where, plan)),
        );
    } else if (section?.holds === "children") {
      const child = line.split(/\s/)[0]!;
      inventory.child(where, section.group, child);
    } else if (section !== undefined) {
      for (const [name, value] of variableOf(line, where, plan)) inventory.variable(where, section.group, name, value);
    }
  }
  inventory.planServers(choices);
}

function sectionOf(
  line: string,
): { readonly group: string; readonly holds: "hosts" | "children" | "vars" } | undefined {
  const [, group, kind = "hosts"] = /^\[([^:\]\s]{1,256})(?::(children|vars|hosts))?\]\s*(?:[#;].*)?$/.exec(line) ?? [];
  return group === undefined ? undefined : { group, holds: kind as "hosts" | "children" | "vars" };
}

/** `name=value`, with quotes around the value taken off. */
function variableOf(text: string, where: string, plan: PlanBuilder): readonly (readonly [string, string])[] {
  const at = text.indexOf("=");
  if (at < 1) return (plan.problem(where, `${quoted(text)} is no variable: name=value`), []);
  const value = text.slice(at + 1).trim();
  return [[text.slice(0, at).trim(), /^(["']).*\1$/s.test(value) ? value.slice(1, -1) : value]];
}
