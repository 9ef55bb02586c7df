import { takesOver } from "../../policy/definition-fits.ts";
import type { ServiceDefinition } from "../definition.ts";
import { SERVICE_LIMITS } from "../fitted-status.ts";
import { isUrl, parseChecks, parseCommand } from "./parse-check.ts";
import { parseRestart } from "./parse-restart.ts";
import { TreeReader, isAbsolutePath, isArgument, isFields } from "./tree-reader.ts";

/** `file`: the server's own root wrote it. `hub`: it came over the wire, and may not turn one program into another. */
export type DefinitionOrigin = "file" | "hub";

export type ParsedDefinition =
  | {
      readonly ok: true;
      readonly definition: ServiceDefinition;
      /** Values that stood beside the names of secrets; they never go back into a definition. */
      readonly secrets: Readonly<Record<string, string>>;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

const PROCESS_NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_@-]|\.(?!\.)){0,63}$/;
/** tmux gives `.`, `:` and `@` meanings of its own. */
const TMUX_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;
const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const KEYS = /^(?:[A-Za-z0-9_/:.][A-Za-z0-9_/:.-]{0,31})(?: [A-Za-z0-9_/:.][A-Za-z0-9_/:.-]{0,31}){0,7}$/;
const STOP_SIGNALS = ["TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "KILL"] as const;
const HOUR = 3_600_000;

export const isSupervisedName = (driver: string, name: string): boolean =>
  driver === "tmux" ? TMUX_NAME.test(name) : PROCESS_NAME.test(name);

/** Checks one definition, from JSON or YAML; every problem is told with its path. */
export function parseDefinition(tree: unknown, from: DefinitionOrigin): ParsedDefinition {
  const problems: string[] = [];
  const parsed = readDefinition(new TreeReader(tree, "", problems), from);
  return problems.length === 0 ? { ok: true, ...parsed } : { ok: false, problems };
}

export function readDefinition(
  reader: TreeReader,
  from: DefinitionOrigin,
): { readonly definition: ServiceDefinition; readonly secrets: Readonly<Record<string, string>> } {
  const driver = reader.choice("driver", ["process", "tmux"] as const, "process");
  const nameWhat =
    driver === "tmux" ? "letters, digits, _ and -" : "letters, digits, _ - @ and single dots, at most 64";
  const name = reader.text("name", (text) => isSupervisedName(driver, text), nameWhat);
  const isOneLine = (text: string): boolean => isArgument(text, 500) && !/[\n\r]/.test(text);
  const environment = readEnvironment(reader, from);
  const secrets = readSecrets(reader, from, environment);
  const definition: ServiceDefinition = {
    driver,
    name,
    description: reader.text("description", isOneLine, "one line of at most 500 characters", ""),
    kind: reader.text("kind", (text) => /^[A-Za-z0-9_-]{0,32}$/.test(text), "one word of at most 32 characters", ""),
    command: parseCommand(reader),
    directory: reader.text("directory", isAbsolutePath, "an absolute path without ..", "/"),
    user: reader.has("user") ? reader.text("user", (text) => USER.test(text), "a user's name") : null,
    environment,
    secrets: secrets.names,
    ports: reader.wholes("ports", 1, 65_535, SERVICE_LIMITS.portsMax),
    urls: reader.texts("urls", isUrl, "an http or https address", SERVICE_LIMITS.urlsMax),
    autostart: reader.flag("autostart", true),
    dependsOn: reader.texts("dependsOn", (text) => PROCESS_NAME.test(text), "the name of a service", 32),
    ready: readReady(reader),
    stop: readStop(reader.map("stop"), driver),
    restart: parseRestart(reader),
    checks: parseChecks(reader),
    logs: readLogs(reader.map("logs")),
    limits: readLimits(reader.map("limits")),
  };
  if (definition.dependsOn.includes(name)) reader.fail("dependsOn", "must not name the service itself");
  if (definition.ready.by === "checks" && definition.checks.length === 0)
    reader.fail("ready", "waits for checks, and there are none");
  reader.end();
  return { definition, secrets: secrets.values };
}

const VARIABLES_MAX = 256;
const VALUE_CHARACTERS_MAX = 32_768;

function readEnvironment(outer: TreeReader, from: DefinitionOrigin): Readonly<Record<string, string>> {
  return readVariables(outer.map("environment"), from);
}

function readVariables(reader: TreeReader, from: DefinitionOrigin): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const names = reader.names();
  if (names.length > VARIABLES_MAX) reader.fail("", `must have at most ${VARIABLES_MAX} variables`);
  for (const name of names.slice(0, VARIABLES_MAX)) {
    if (!isVariable(name, from, (why) => reader.fail(name.slice(0, 64), why))) continue;
    values[name] = reader.text(name, (text) => isArgument(text, VALUE_CHARACTERS_MAX), "text without NUL");
  }
  return values;
}

function isVariable(name: string, from: DefinitionOrigin, fail: (why: string) => void): boolean {
  if (!VARIABLE.test(name)) return (fail("is not the name of a variable"), false);
  if (name.startsWith("MUSTER_")) return (fail("belongs to Muster"), false);
  if (from === "hub" && takesOver(name))
    return (fail("would let a permitted program load something else; only the server's own file may set it"), false);
  return true;
}

/** Names alone, as the hub knows them, or a map of names and values. */
function readSecrets(
  reader: TreeReader,
  from: DefinitionOrigin,
  environment: Readonly<Record<string, string>>,
): { readonly names: readonly string[]; readonly values: Readonly<Record<string, string>> } {
  const isMap = isFields(reader.raw("secrets"));
  const values = isMap ? readVariables(reader.map("secrets"), from) : {};
  const isName = (text: string): boolean => VARIABLE.test(text);
  const names = isMap ? Object.keys(values) : reader.texts("secrets", isName, "the name of a variable", VARIABLES_MAX);
  for (const name of names) {
    if (!isMap) isVariable(name, from, (why) => reader.fail(`secrets.${name}`, why));
    if (Object.hasOwn(environment, name)) reader.fail(`secrets.${name}`, "stands in environment too");
  }
  if (new Set(names).size !== names.length) reader.fail("secrets", "names a variable twice");
  return { names, values };
}

function readReady(outer: TreeReader): ServiceDefinition["ready"] {
  const short = outer.raw("ready");
  if (short === undefined || short === "started") return { by: "started" };
  if (short === "checks") return { by: "checks", timeoutMs: 60_000 };
  const reader = outer.map("ready");
  const by = reader.choice("by", ["started", "time", "checks"] as const);
  const ready: ServiceDefinition["ready"] =
    by === "time"
      ? { by, afterMs: reader.duration("after", HOUR, 1_000) }
      : by === "checks"
        ? { by, timeoutMs: reader.duration("timeout", HOUR, 60_000) }
        : { by: "started" };
  reader.end();
  return ready;
}

function readStop(reader: TreeReader, driver: ServiceDefinition["driver"]): ServiceDefinition["stop"] {
  const stop = {
    signal: reader.choice("signal", STOP_SIGNALS, "TERM"),
    graceMs: reader.duration("grace", HOUR, 10_000),
    keys: reader.text("keys", (text) => text === "" || KEYS.test(text), "tmux keys such as C-c, at most 8", ""),
  };
  if (driver === "process" && stop.keys !== "") reader.fail("keys", "only a tmux session can be typed into");
  reader.end();
  return stop;
}

function readLogs(reader: TreeReader): ServiceDefinition["logs"] {
  const logs = {
    fileBytesMax: reader.whole("fileBytesMax", 65_536, 2 ** 40, 16 * 1024 * 1024),
    filesMax: reader.whole("filesMax", 1, 10_000, 5),
  };
  reader.end();
  return logs;
}

function readLimits(reader: TreeReader): ServiceDefinition["limits"] {
  const limits = {
    memoryBytesMax: reader.has("memoryBytesMax") ? reader.whole("memoryBytesMax", 1_048_576, 2 ** 50, 0) : null,
    openFilesMax: reader.has("openFilesMax") ? reader.whole("openFilesMax", 16, 1_073_741_816, 0) : null,
  };
  reader.end();
  return limits;
}
