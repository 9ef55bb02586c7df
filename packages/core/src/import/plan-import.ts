import { readAnsibleIni } from "./ansible-ini.ts";
import { readAnsibleYaml } from "./ansible-yaml.ts";
import type { ImportFormat } from "./detect-format.ts";
import { withoutMark } from "./foreign-text.ts";
import { readIpvtlServers } from "./ipvtl-servers.ts";
import { readOrbitvpnServices } from "./orbitvpn-services.ts";
import { PlanBuilder } from "./plan-builder.ts";
import { IMPORT_LIMITS } from "./plan.ts";
import type { ImportChoices, ImportPlan } from "./plan.ts";
import { readPrometheusTargets } from "./prometheus-targets.ts";
import { readServerMonitorServers } from "./server-monitor-servers.ts";
import { readSshConfig } from "./ssh-config.ts";
import { readTailscaleServers } from "./tailscale-servers.ts";
import { readTailscaleServices } from "./tailscale-services.ts";
import { readTailscaleSettings } from "./tailscale-settings.ts";
import { readVirgilioBackends } from "./virgilio-backends.ts";

/** A text of YAML as a tree, or what is wrong where in it. Must refuse aliases, which can grow without end. */
export type ParseYaml = (
  text: string,
) =>
  | { readonly ok: true; readonly tree: unknown }
  | { readonly ok: false; readonly problems: readonly { readonly where: string; readonly problem: string }[] };

type Reader =
  | { readonly of: "text"; read(text: string, plan: PlanBuilder, choices: ImportChoices): void }
  | { readonly of: "json" | "yaml"; read(tree: unknown, plan: PlanBuilder, choices: ImportChoices): void };

/** JSON is YAML too, so those that are of YAML take both. */
const READERS: Readonly<Record<ImportFormat, Reader>> = {
  "ipvtl-servers": { of: "json", read: readIpvtlServers },
  "tailscale-servers": { of: "json", read: readTailscaleServers },
  "tailscale-services": { of: "json", read: readTailscaleServices },
  "tailscale-settings": { of: "json", read: readTailscaleSettings },
  "orbitvpn-services": { of: "yaml", read: readOrbitvpnServices },
  "virgilio-backends": { of: "json", read: readVirgilioBackends },
  "server-monitor-servers": { of: "json", read: readServerMonitorServers },
  "ssh-config": { of: "text", read: readSshConfig },
  "ansible-ini": { of: "text", read: readAnsibleIni },
  "ansible-yaml": { of: "yaml", read: readAnsibleYaml },
  "prometheus-targets": { of: "yaml", read: readPrometheusTargets },
};

/** What importing the text of a file would do. Nothing is thrown: what is wrong in the text is in the plan. */
export function planImport(
  format: ImportFormat,
  text: string,
  parseYaml: ParseYaml,
  choices: ImportChoices = {},
): ImportPlan {
  const plan = new PlanBuilder();
  const reader = READERS[format];
  if (text.length > IMPORT_LIMITS.fileBytesMax) {
    plan.problem("file", `has more than ${IMPORT_LIMITS.fileBytesMax} characters`);
  } else if (reader.of === "text") {
    reader.read(withoutMark(text), plan, choices);
  } else {
    const parsed = parseTree(withoutMark(text), reader.of, parseYaml);
    if (parsed.ok) reader.read(parsed.tree, plan, choices);
    else for (const { where, problem } of parsed.problems) plan.problem(where, problem);
  }
  return plan.finish();
}

/** The same for rows of a table, of formats that are lists. */
export function planRows(format: ImportFormat, rows: readonly unknown[], choices: ImportChoices = {}): ImportPlan {
  const plan = new PlanBuilder();
  const reader = READERS[format];
  if (reader.of === "text") plan.problem("file", `rows of a table are not of the format ${format}`);
  else reader.read(rows, plan, choices);
  return plan.finish();
}

function parseTree(text: string, of: "json" | "yaml", parseYaml: ParseYaml): ReturnType<ParseYaml> {
  const fault = (where: string, problem: string): ReturnType<ParseYaml> => ({
    ok: false,
    problems: [{ where, problem }],
  });
  try {
    return { ok: true, tree: JSON.parse(text) as unknown };
  } catch (error) {
    if (of === "json") return fault(jsonPlace(error), "is not JSON from there on");
  }
  if (text.length > IMPORT_LIMITS.yamlBytesMax)
    return fault("file", `has more than ${IMPORT_LIMITS.yamlBytesMax} characters, which is too much for YAML`);
  const line = lineNestedTooDeep(text);
  if (line !== undefined) return fault(`line ${line}`, "is nested too deep");
  return parseYaml(text);
}

/** The engine's own words are not passed on: they quote what stands there, which may be a secret. */
const jsonPlace = (error: unknown): string =>
  error instanceof Error
    ? (/line \d+ column \d+/.exec(error.message)?.[0].replace("column", "character") ?? "file")
    : "file";

const DEPTH_MAX = 64;

/**
 * The first line that opens more brackets, or more lists in one another, than any honest file. A parser of YAML takes
 * minutes and gigabytes for megabytes of them.
 */
function lineNestedTooDeep(text: string): number | undefined {
  let depth = 0;
  for (const [index, line] of text.split("\n").entries()) {
    for (const one of line) {
      if (one === "[" || one === "{") depth++;
      else if ((one === "]" || one === "}") && depth > 0) depth--;
      if (depth > DEPTH_MAX) return index + 1;
    }
    const [dashes = ""] = /^(?:\s*[-?:]\s)*/.exec(line) ?? [];
    if (dashes.replaceAll(/\s/g, "").length > DEPTH_MAX) return index + 1;
    if (/^ */.exec(line)![0].length > 1_000 && /\S/.test(line)) return index + 1;
  }
  return undefined;
}
