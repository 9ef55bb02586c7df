import type { Action, ActionArgs } from "../actions/catalog.ts";
import { needsOfDefinition } from "./definition-fits.ts";
import { SIGNAL_NAMES } from "../services/signal-names.ts";
import { isExactName, isPlainPath, isPlainValue } from "./exact-text.ts";
import type { PolicyEntry, ScriptArg } from "./policy.ts";

/** Stands where the hub cannot know: which program a name is for, is root's to say. */
const SOME_PROGRAM = "/path/to/the/program";
const REBOOT_INTERVAL_MS = 600_000;

/**
 * The entry that would name this action's target and no other. Undefined where none could: a name that the policy does
 * not take, a definition that is not understood, a shell.
 */
export function exampleEntry({ name, args }: Action): PolicyEntry | undefined {
  switch (name) {
    case "service.start":
    case "service.stop":
    case "service.restart":
    case "service.reload":
    case "service.enable":
    case "service.disable":
    case "service.reset":
    case "service.undefine":
      return whole({ action: name, driver: driverOf(args), names: oneOf(args["name"], isExactName) });
    case "logs.read":
      return args["driver"] === "file"
        ? whole({ action: name, driver: "file", files: oneOf(args["name"], isPlainPath) })
        : whole({ action: name, driver: driverOf(args), names: oneOf(args["name"], isExactName) });
    case "service.define": {
      const needs = needsOfDefinition(args["definition"]);
      if (needs === undefined || !needs.programs.every(isPlainPath)) return undefined;
      const named = { action: name, driver: driverOf(args), names: oneOf(args["name"], isExactName) };
      return whole({
        ...named,
        programs: needs.programs,
        ...(needs.user !== null && { users: oneOf(needs.user, isExactName) }),
      });
    }
    case "container.pause":
    case "container.unpause":
      return whole({ action: name, names: oneOf(args["name"], isExactName) });
    case "container.kill":
      return whole({
        action: name,
        names: oneOf(args["name"], isExactName),
        signals: oneOf(args["signal"], isSignal),
      });
    case "process.kill":
      // The first process is never signalled, whatever the policy says.
      if (args["pid"] === 1) return undefined;
      return whole({
        action: name,
        users: oneOf(args["user"], isExactName),
        signals: oneOf(args["signal"], isSignal),
      });
    case "exec.run": {
      const { command, ...rest } = args;
      const declared = Object.entries(rest).map(([argument, value]) => declarationOf(argument, value));
      if (typeof command !== "string" || !isExactName(command) || declared.includes(undefined)) return undefined;
      const known = declared.filter((argument) => argument !== undefined);
      return { action: name, name: command, exec: SOME_PROGRAM, ...(known.length > 0 && { args: known }) };
    }
    case "server.reboot":
      return { action: name, minIntervalMs: REBOOT_INTERVAL_MS };
    case "shell":
    case "agent.ping":
      return undefined;
  }
}

/** An entry of the above as a line under `allow`. */
export function spellEntry(entry: PolicyEntry): string {
  const list = (texts: readonly string[]): string => `[${texts.map(spelled).join(", ")}]`;
  const argument = (each: ScriptArg): string =>
    each.type === "int"
      ? `{name: ${spelled(each.name)}, type: int, min: ${each.min}, max: ${each.max}}`
      : `{name: ${spelled(each.name)}, type: choice, values: ${list(each.values)}}`;
  const fields = [
    `action: ${entry.action}`,
    entry.driver && `driver: ${entry.driver}`,
    entry.names && `names: ${list(entry.names)}`,
    entry.files && `files: ${list(entry.files)}`,
    entry.programs && `programs: ${list(entry.programs)}`,
    entry.users && `users: ${list(entry.users)}`,
    entry.signals && `signals: ${list(entry.signals)}`,
    entry.name && `name: ${spelled(entry.name)}`,
    entry.exec && `exec: ${spelled(entry.exec)}`,
    entry.args && `args: [${entry.args.map(argument).join(", ")}]`,
    entry.minIntervalMs && `minInterval: ${entry.minIntervalMs / 60_000}m`,
  ];
  return `- {${fields.filter((field) => typeof field === "string").join(", ")}}`;
}

type Draft = { readonly [field in keyof PolicyEntry]: PolicyEntry[field] | undefined };

const whole = (draft: Draft): PolicyEntry | undefined =>
  Object.values(draft).includes(undefined) ? undefined : (draft as PolicyEntry);

const driverOf = ({ driver }: ActionArgs): string | undefined =>
  typeof driver === "string" && /^[a-z][a-z-]{0,31}$/.test(driver) ? driver : undefined;

const isSignal = (text: string): boolean => (SIGNAL_NAMES as readonly string[]).includes(text);

const oneOf = (value: string | number | undefined, isGood: (text: string) => boolean): readonly string[] | undefined =>
  typeof value === "string" && isGood(value) ? [value] : undefined;

function declarationOf(name: string, value: string | number): ScriptArg | undefined {
  if (!isExactName(name)) return undefined;
  if (typeof value === "number")
    return Number.isSafeInteger(value) && Math.abs(value) < 1e15
      ? { name, type: "int", min: value, max: value }
      : undefined;
  return isPlainValue(value) ? { name, type: "choice", values: [value] } : undefined;
}

/** Quoted where YAML could read it as anything but itself. */
const spelled = (text: string): string => (/^[A-Za-z0-9/][A-Za-z0-9_./@-]*$/.test(text) ? text : JSON.stringify(text));
