import { ACTIONS } from "../actions/catalog.ts";
import type { Action } from "../actions/catalog.ts";
import { isDriverName } from "../services/service.ts";
import type { Instant } from "../time.ts";
import { definitionProblem } from "./definition-fits.ts";
import { exampleEntry, spellEntry } from "./example-entry.ts";
import type { LoadedPolicy, PolicyEntry, ScriptArg } from "./policy.ts";

export type PolicyDecision =
  | { readonly allow: true; /** Index in `allow`; -1 for what needs no entry. */ readonly entry: number }
  | { readonly allow: false; readonly why: string };

/** When this server last did what an entry allows: instants of its journal, so that limits survive restarts. */
export type EntryHistory = (entry: PolicyEntry) => readonly Instant[];

/** `why` of a refusal is at most so long, whatever the hub asked for. */
export const REFUSAL_CHARACTERS_MAX = 1_500;

/**
 * Whether the server's own policy lets this action happen now. One entry must match whole; entries never combine. A
 * refusal says which entry, or the lack of one, is the reason, and where a line of the policy would change it, that line.
 */
export function decide(loaded: LoadedPolicy, action: Action, history: EntryHistory, now: Instant): PolicyDecision {
  const kind = ACTIONS[action.name];
  if (kind.policy === "not-needed") return { allow: true, entry: -1 };
  if (loaded.source === "missing")
    return { allow: false, why: withLine("monitor-only: this server has no policy file", action) };
  if (loaded.source === "broken")
    return { allow: false, why: `monitor-only: the policy file is not usable (${loaded.why})` };
  const { allow } = loaded.policy;
  const ofAction = [...allow.entries()].filter(([, entry]) => entry.action === action.name);
  if (ofAction.length === 0) return { allow: false, why: withLine(`no entry allows ${action.name}`, action) };
  let nearest: string | undefined;
  for (const [index, entry] of ofAction) {
    if (!matchesTarget(entry, action)) {
      const problem = isNamed(entry, action) ? definitionProblem(entry, action.args["definition"]) : undefined;
      if (problem !== undefined) nearest ??= withLine(`allow[${index}] does not cover this: ${problem}`, action);
      continue;
    }
    if (entry.require === "operator") {
      nearest = `allow[${index}] requires an operator's signature, which this version cannot carry`;
      continue;
    }
    const limit = overLimit(entry, history(entry), now);
    if (limit === undefined) return { allow: true, entry: index };
    nearest = `allow[${index}] ${limit}`;
  }
  if (nearest !== undefined) return { allow: false, why: nearest.slice(0, REFUSAL_CHARACTERS_MAX) };
  const looked = ofAction.slice(0, ENTRIES_TOLD_MAX).map(([index]) => `allow[${index}]`);
  if (ofAction.length > ENTRIES_TOLD_MAX) looked.push(`${ofAction.length - ENTRIES_TOLD_MAX} more`);
  const why = `no entry of ${action.name} names this target (looked at ${looked.join(", ")})`;
  return { allow: false, why: withLine(why, action) };
}

const ENTRIES_TOLD_MAX = 5;

/**
 * The line under `allow` that grants this action on its target and on no other; undefined where no line can. Only root of
 * that server can add it, so it may be said to anybody.
 */
export function grantingLine(action: Action): string | undefined {
  const entry = exampleEntry(action);
  return entry === undefined || !isDriverAllowed(entry) || !matchesTarget(entry, action)
    ? undefined
    : spellEntry(entry);
}

function withLine(reason: string, action: Action): string {
  const line = grantingLine(action);
  if (line === undefined) return reason;
  const text = `${reason}; this line under allow would: ${line}`;
  return text.length <= REFUSAL_CHARACTERS_MAX ? text : reason;
}

const isDriverAllowed = ({ action, driver }: PolicyEntry): boolean =>
  driver === undefined || isDriverName(driver) || (action === "logs.read" && driver === "file");

const isNamed = (entry: PolicyEntry, { name, args }: Action): boolean =>
  name === "service.define" && isService(entry, args);

/** Exact membership for each condition an entry states; an argument that no condition covers never matches. */
function matchesTarget(entry: PolicyEntry, action: Action): boolean {
  const { args } = action;
  switch (action.name) {
    case "service.start":
    case "service.stop":
    case "service.restart":
    case "service.reload":
    case "service.enable":
    case "service.disable":
    case "service.reset":
    case "service.undefine":
      return hasOnly(args, ["driver", "name"]) && isService(entry, args);
    case "service.define":
      return (
        hasOnly(args, ["driver", "name", "definition"]) &&
        isService(entry, args) &&
        definitionProblem(entry, args["definition"]) === undefined
      );
    case "logs.read":
      return (
        hasOnly(args, ["driver", "name"]) &&
        args["driver"] === entry.driver &&
        isMember(entry.driver === "file" ? entry.files : entry.names, args["name"])
      );
    case "container.pause":
    case "container.unpause":
      return hasOnly(args, ["name"]) && isMember(entry.names, args["name"]);
    case "container.kill":
      return (
        hasOnly(args, ["name", "signal"]) &&
        isMember(entry.names, args["name"]) &&
        isMember(entry.signals, args["signal"])
      );
    case "process.kill":
      return (
        hasOnly(args, ["pid", "startTicks", "user", "signal"]) &&
        isMember(entry.users, args["user"]) &&
        isMember(entry.signals, args["signal"])
      );
    case "exec.run":
      return args["command"] === entry.name && commandArgsFit(entry, args);
    case "server.reboot":
    case "shell":
      return hasOnly(args, []);
    case "agent.ping":
      return true;
  }
}

const isService = (entry: PolicyEntry, args: Action["args"]): boolean =>
  args["driver"] === entry.driver && isMember(entry.names, args["name"]);

function commandArgsFit(entry: PolicyEntry, args: Action["args"]): boolean {
  const declared = entry.args ?? [];
  if (!hasOnly(args, ["command", ...declared.map((arg) => arg.name)])) return false;
  return declared.every((arg) => argFits(arg, args[arg.name]));
}

/** Whether a named command takes this value for an argument. */
export function argFits(arg: ScriptArg, value: string | number | undefined): boolean {
  if (arg.type === "choice") return isMember(arg.values, value);
  return typeof value === "number" && Number.isSafeInteger(value) && arg.min <= value && value <= arg.max;
}

/** What a person typed for an argument, as an action carries it; undefined for what is no whole number where one is wanted. */
export function readArg(arg: ScriptArg, text: string): string | number | undefined {
  if (arg.type === "choice") return text;
  return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function overLimit(entry: PolicyEntry, doneAt: readonly Instant[], now: Instant): string | undefined {
  if (entry.max) {
    const { count, windowMs } = entry.max;
    if (doneAt.filter((at) => at > now - windowMs).length >= count)
      return `is used up: ${count} in ${windowMs / 1000} s`;
  }
  const last = Math.max(...doneAt, Number.NEGATIVE_INFINITY);
  if (entry.minIntervalMs !== undefined && now - last < entry.minIntervalMs) {
    return `was used ${Math.round((now - last) / 1000)} s ago and waits ${entry.minIntervalMs / 1000} s in between`;
  }
  return undefined;
}

const isMember = (set: readonly string[] | undefined, value: string | number | undefined): boolean =>
  typeof value === "string" && set !== undefined && set.includes(value);
const hasOnly = (args: Action["args"], names: readonly string[]): boolean =>
  Object.keys(args).every((name) => names.includes(name));
