import { isFields } from "../services/definitions/index.ts";
import { AnsibleInventory } from "./ansible-inventory.ts";
import { quoted } from "./foreign-text.ts";
import type { ImportChoices } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";

const DEPTH_MAX = 32;

/** An inventory of Ansible's in YAML: groups with hosts, variables and children. */
export function readAnsibleYaml(tree: unknown, plan: PlanBuilder, choices: ImportChoices): void {
  if (!isFields(tree)) return plan.problem("file", "must be a map of groups");
  if (Object.hasOwn(tree, "plugin"))
    return plan.problem("file", "asks a plugin for hosts: import what `ansible-inventory --list --yaml` makes of it");
  const inventory = new AnsibleInventory(plan);
  for (const [name, body] of Object.entries(tree)) readGroup(inventory, plan, name, body, [name]);
  inventory.planServers(choices);
}

function readGroup(
  inventory: AnsibleInventory,
  plan: PlanBuilder,
  name: string,
  body: unknown,
  way: readonly string[],
): void {
  const where = way.map((part) => (/^[\w.-]{1,64}$/.test(part) ? part : quoted(part))).join(".");
  if (!inventory.group(where, name) || body === null) return;
  if (!isFields(body)) return plan.problem(where, "left out: a group must be a map");
  if (way.length > DEPTH_MAX) return plan.problem(where, "left out: nested too deep");
  for (const [part, value] of Object.entries(body)) {
    // Nothing, or one name alone, is written without a map.
    const fields = value === null ? {} : typeof value === "string" && part !== "vars" ? { [value]: null } : value;
    if (!isFields(fields)) plan.problem(`${where}.${quoted(part)}`, "left out: must be a map");
    else if (part === "hosts") {
      for (const [host, variables] of Object.entries(fields)) {
        const place = `${where}.hosts.${quoted(host)}`;
        if (variables !== null && !isFields(variables))
          plan.problem(place, "its variables are left out: must be a map");
        inventory.hosts(place, host, name, isFields(variables) ? Object.entries(variables) : []);
      }
    } else if (part === "vars") {
      for (const [key, each] of Object.entries(fields)) inventory.variable(where, name, key, each);
    } else if (part === "children") {
      for (const [child, inside] of Object.entries(fields)) {
        inventory.child(where, name, child);
        readGroup(inventory, plan, child, inside, [...way, child]);
      }
    } else plan.ignore(`${where}.${quoted(part)}`, "Ansible knows hosts, vars and children of a group");
  }
}
