import { ACTIONS } from "@muster/core";
import type { ActionName, LoadedPolicy, PolicyEntry, ScriptArg } from "@muster/core";
import { POLICY_SUMMARY_LIMITS } from "@muster/protocol";
import type { PolicySummary } from "@muster/protocol";

const LIMITS = POLICY_SUMMARY_LIMITS;

/** What the hub is told about the policy: SHA-256 of the file in force, "" without one, and its meaning. It cannot change any of it. */
export const reportPolicy = (
  loaded: LoadedPolicy,
): { readonly policyHash: string; readonly policySummary: PolicySummary } => ({
  policyHash: loaded.source === "file" ? loaded.sha256 : "",
  policySummary: summarizePolicy(loaded),
});

function summarizePolicy({ source, policy, ...loaded }: LoadedPolicy): PolicySummary {
  const state = { missing: "monitor-only", broken: "broken", file: "file" } as const;
  // What is refused in any case is no offer.
  const offered = policy.allow.filter((entry) => entry.require === undefined);
  const commands = offered.flatMap(({ action, name, args = [] }) =>
    action === "exec.run" && name !== undefined && args.every(isShortArg) && args.length <= LIMITS.argsPerCommandMax
      ? [{ name, args }]
      : [],
  );
  const actions = [...new Set(offered.map(({ action }) => action))];
  const files = offered.flatMap((entry) => (entry.action === "logs.read" ? (entry.files ?? []) : []));
  return {
    state: state[source],
    why: "why" in loaded ? loaded.why.slice(0, LIMITS.whyCharactersMax) : "",
    entries: policy.allow
      .slice(0, LIMITS.entriesMax)
      .map((entry) => describeEntry(entry).slice(0, LIMITS.entryCharactersMax)),
    ...(commands.length > 0 && { commands: beginningOf(commands, LIMITS.commandsMax) }),
    ...(actions.length > 0 && { actions }),
    ...(files.length > 0 && { files: beginningOf([...new Set(files)], LIMITS.filesMax) }),
  };
}

const isShortArg = (arg: ScriptArg): boolean => arg.type === "int" || arg.values.length <= LIMITS.valuesPerArgMax;

/** As many whole items as the hub takes. */
function beginningOf<T>(items: readonly T[], countMax: number): readonly T[] {
  let characters = 2;
  const fitting = items.slice(0, countMax).findIndex((item) => {
    characters += JSON.stringify(item).length + 1;
    return characters > LIMITS.listCharactersMax;
  });
  return items.slice(0, fitting === -1 ? countMax : fitting);
}

/** One entry in words. */
export function describeEntry(entry: PolicyEntry): string {
  const conditions = [
    entry.driver && `driver ${entry.driver}`,
    entry.names && `only ${entry.names.join(", ")}`,
    entry.files && `files ${entry.files.join(", ")}`,
    entry.programs && `programs ${entry.programs.join(", ")} with any arguments`,
    entry.users && `${entry.action === "process.kill" ? "processes of" : "also as"} ${entry.users.join(", ")}`,
    entry.signals && `signals ${entry.signals.join(", ")}`,
    entry.name && `command ${entry.name}`,
    entry.exec && `runs ${entry.exec}`,
    entry.args && entry.args.length > 0 && `with ${entry.args.map((arg) => arg.name).join(", ")}`,
    entry.timeoutMs && `at most ${spell(entry.timeoutMs)} long`,
    entry.max && `at most ${entry.max.count} times in ${spell(entry.max.windowMs)}`,
    entry.minIntervalMs && `at least ${spell(entry.minIntervalMs)} apart`,
    entry.require && "needs an operator's signature, which this version cannot carry: refused",
  ].filter(Boolean);
  return `${entry.action}${conditions.length > 0 ? `: ${conditions.join("; ")}` : ""}`;
}

/** The whole policy for a person: what the hub may do here, line by line, and what it may not. */
export function explainPolicy(loaded: LoadedPolicy, path: string): string {
  const lines: string[] = [];
  if (loaded.source === "missing")
    lines.push(`There is no ${path}: this server is monitor-only. Its hub can read numbers and do nothing else.`);
  if (loaded.source === "broken")
    lines.push(`${path} is not used, so this server is monitor-only. The reason: ${loaded.why}`);
  if (loaded.source === "file") {
    lines.push(`${path} is in force (SHA-256 ${loaded.sha256}).`);
    if (loaded.policy.allow.length === 0) lines.push("It allows nothing: this server is monitor-only.");
    else
      lines.push("The hub may:", ...loaded.policy.allow.map((entry, index) => `  ${index}. ${describeEntry(entry)}`));
    const { tcp, http, icmp, tunnel, exec } = loaded.policy.probe;
    const checks = [...tcp.map((to) => `tcp ${to}`), ...http];
    if (checks.length > 0) lines.push(`It may probe: ${checks.join(", ")}.`);
    if (icmp.length > 0) lines.push(`Probes may have it ping: ${icmp.join(", ")}.`);
    if (tunnel.length > 0) lines.push(`It may speak, through the agent, to: ${tunnel.join(", ")}.`);
    for (const { name, argv } of exec) lines.push(`Probes may have ${name} run: ${argv.join(" ")}`);
  }
  lines.push("", "Action by action:");
  for (const [name, { meaning, policy }] of Object.entries(ACTIONS)) {
    lines.push(`  ${answerFor(name as ActionName, policy, loaded).padEnd(8)} ${name.padEnd(16)} ${meaning}`);
  }
  return `${lines.join("\n")}\n`;
}

function answerFor(name: ActionName, policy: string, loaded: LoadedPolicy): string {
  if (policy === "not-needed") return "always";
  const entries = loaded.policy.allow.filter((entry) => entry.action === name && entry.require === undefined);
  return entries.length > 0 ? "limited" : "never";
}

function spell(durationMs: number): string {
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1_000],
  ] as const;
  for (const [unit, sizeMs] of units) if (durationMs % sizeMs === 0) return `${durationMs / sizeMs}${unit}`;
  return `${durationMs}ms`;
}
