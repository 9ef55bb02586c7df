import { CONTAINER_VERBS } from "@muster/core";
import type { ActionName, Verb } from "@muster/core";
import { actionOf } from "../services/verbs.ts";
import type { Service } from "../services/services-view.ts";

/** JSON text is YAML text, whatever a machine's names hold. */
const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;

/** The line of `allow` that grants a verb on a service, as a person adds it to the policy file of its server. */
export function verbPolicyLine(verb: Verb, { driver, name }: Pick<Service, "driver" | "name">): string {
  const action = actionOf(verb);
  if (verb === "kill") return `- {action: ${action}, names: ${list([name])}, signals: ["KILL"]}`;
  if (CONTAINER_VERBS.some((one) => one === verb)) return `- {action: ${action}, names: ${list([name])}}`;
  return `- {action: ${action}, driver: ${driver}, names: ${list([name])}}`;
}

/** The line that grants an action as it was asked. Undefined for what no single line can grant. */
export function policyLine(action: ActionName, args: Readonly<Record<string, string | number>>): string | undefined {
  const { driver, name } = args;
  switch (action) {
    case "process.kill":
      return `- {action: process.kill, users: ${list([String(args["user"])])}, signals: ${list([String(args["signal"])])}}`;
    case "container.kill":
      return `- {action: container.kill, names: ${list([String(name)])}, signals: ${list([String(args["signal"])])}}`;
    case "container.pause":
    case "container.unpause":
      return `- {action: ${action}, names: ${list([String(name)])}}`;
    case "server.reboot":
      return "- {action: server.reboot, minInterval: 10m}";
    case "logs.read":
      return driver === "file"
        ? `- {action: logs.read, driver: file, files: ${list([String(name)])}}`
        : `- {action: logs.read, driver: ${driver}, names: ${list([String(name)])}}`;
    case "service.define":
      return undefined;
    case "agent.ping":
    case "exec.run":
    case "shell":
      return undefined;
    case "service.start":
    case "service.stop":
    case "service.restart":
    case "service.reload":
    case "service.enable":
    case "service.disable":
    case "service.reset":
    case "service.undefine":
      return `- {action: ${action}, driver: ${driver}, names: ${list([String(name)])}}`;
  }
}

/** A refusal in two parts: the sentence, and the line to add where the server wrote one itself. */
export function splitRefusal(detail: string): { readonly sentence: string; readonly line: string | undefined } {
  const found = /(?:^|[\s:])(- ?\{?\s*action:[\s\S]*)$/.exec(detail);
  if (!found) return { sentence: detail, line: undefined };
  // The words that lead over to the line say nothing without it.
  const sentence = detail
    .slice(0, found.index)
    .replace(/[\s:;,]+$/, "")
    .replace(/;? ?this line under allow would$/, "");
  return { sentence, line: found[1]!.trim() };
}

/** Whether a refusal is for want of an entry: another one, such as a limit that is used up, no further line would lift. */
export const lacksEntry = (detail: string): boolean => /^(?:no entry|monitor-only)/.test(detail);
