import { isFields } from "../services/definitions/index.ts";
import { withoutMark } from "./foreign-text.ts";

/** Files that can be imported. */
export const IMPORT_FORMATS = [
  "ipvtl-servers",
  "tailscale-servers",
  "tailscale-services",
  "tailscale-settings",
  "orbitvpn-services",
  "virgilio-backends",
  "server-monitor-servers",
  "ssh-config",
  "ansible-ini",
  "ansible-yaml",
  "prometheus-targets",
] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** One format, or all that it could be; none when it looks like nothing that is known. */
export type DetectedFormat = { readonly is: ImportFormat } | { readonly couldBe: readonly ImportFormat[] };

const one = (formats: readonly ImportFormat[]): DetectedFormat =>
  formats.length === 1 ? { is: formats[0]! } : { couldBe: formats };

/** Which format a file has, by what is in it; its name decides only where that leaves several. */
export function detectFormat(fileName: string, written: string): DetectedFormat {
  const text = withoutMark(written);
  const tree = parsedJson(text);
  const candidates = tree === undefined ? ofText(text) : ofTree(tree);
  if (candidates.length === 1) return one(candidates);
  const named = byName(fileName).filter((format) => candidates.length === 0 || candidates.includes(format));
  if (named.length === 0) return one(candidates);
  // A file that resembles nothing is not taken for what its name says.
  return candidates.length === 0 ? { couldBe: named } : one(named);
}

/** Which format rows of a table have. */
export function detectRows(rows: readonly unknown[]): DetectedFormat {
  return one(ofTree(rows));
}

function parsedJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** By the fields of the first entry, since all entries of a list are alike. */
function ofTree(tree: unknown): readonly ImportFormat[] {
  if (Array.isArray(tree)) {
    const first = (tree as readonly unknown[]).find(isFields);
    return first === undefined ? [] : ofEntry(first);
  }
  if (!isFields(tree)) return [];
  const has = (name: string): boolean => Object.hasOwn(tree, name);
  if (has("stats_retention_days") || has("scheduled_tasks") || has("storage_paths")) return ["tailscale-settings"];
  for (const list of [tree["servers"], tree["backends"], tree["services"]])
    if (Array.isArray(list)) return ofTree(list);
  if (isFields(tree["services"])) return ["orbitvpn-services"];
  const isGroup = (value: unknown): boolean =>
    isFields(value) && ["hosts", "children", "vars"].some((name) => Object.hasOwn(value, name));
  return Object.values(tree).some(isGroup) ? ["ansible-yaml"] : [];
}

function ofEntry(entry: Readonly<Record<string, unknown>>): readonly ImportFormat[] {
  const has = (...names: readonly string[]): boolean => names.some((name) => Object.hasOwn(entry, name));
  if (has("targets")) return ["prometheus-targets"];
  if (has("base_url")) return ["virgilio-backends"];
  if (has("start_cmd")) return ["tailscale-services"];
  if (has("username", "agent_port", "ssh_password")) return ["server-monitor-servers"];
  if (has("ip", "last_metrics", "metadata")) return ["tailscale-servers"];
  if (has("host") && has("port", "description")) return ["ipvtl-servers"];
  return has("host") ? ["ipvtl-servers", "tailscale-servers"] : [];
}

/** By lines, without reading the text as what it may be. */
function ofText(text: string): readonly ImportFormat[] {
  const lines = text.split("\n", 20_000).filter((line) => !/^\s*(?:[#;]|$)/.test(line));
  const some = (pattern: RegExp): boolean => lines.some((line) => pattern.test(line.slice(0, 1_024)));
  const formats: ImportFormat[] = [];
  if (some(/^\s*(?:host|match)[ \t=]+\S/i) && !some(/^\s*\[/)) formats.push("ssh-config");
  if (some(/^\s*\[[^\]:\s]+(?::\w+)?\]\s*(?:[#;].*)?$/)) formats.push("ansible-ini");
  if (some(/^\s*(?:-\s+)?targets:/)) formats.push("prometheus-targets");
  else if (
    some(/^(?:services|monitoring):/) &&
    some(/^\s+(?:restart_policy|web_dashboard|telegram_bot|max_restarts|marzban_monitor):/)
  )
    formats.push("orbitvpn-services");
  else if (some(/^\s+(?:hosts|children):/)) formats.push("ansible-yaml");
  return formats;
}

const NAMES: readonly (readonly [RegExp, readonly ImportFormat[]])[] = [
  [/^servers\.json$/i, ["ipvtl-servers", "tailscale-servers", "server-monitor-servers"]],
  [/^services_config\.json$/i, ["tailscale-services"]],
  [/^settings\.json$/i, ["tailscale-settings"]],
  [/^services\.ya?ml$/i, ["orbitvpn-services"]],
  [/^backends.*\.json$/i, ["virgilio-backends"]],
  [/^(?:config|ssh_config)$/i, ["ssh-config"]],
  [/^(?:hosts|.*inventory)(?:\.ini)?$|\.ini$/i, ["ansible-ini"]],
  [/^(?:hosts|.*inventory)\.ya?ml$/i, ["ansible-yaml"]],
  [/\.json$/i, ["prometheus-targets"]],
  [/\.ya?ml$/i, ["ansible-yaml", "prometheus-targets", "orbitvpn-services"]],
];

const byName = (fileName: string): readonly ImportFormat[] => {
  const name = fileName.slice(fileName.lastIndexOf("/") + 1);
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? [];
};
