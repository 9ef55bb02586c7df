import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { MusterError } from "@muster/core";
import { LineCounter, parseDocument } from "yaml";
import { isLoopbackHost, splitHostPort } from "./addresses.ts";
import { nearest } from "./nearest.ts";
import { SETTINGS } from "./settings.ts";
import type { HubConfig, SettingName } from "./settings.ts";

export type Origin = "default" | "file" | "environment" | "flag";

export interface LoadedConfig {
  readonly config: HubConfig;
  /** Where each value came from, for `--print-config`. */
  readonly origins: Readonly<Record<string, Origin>>;
  readonly printAndExit: boolean;
  readonly configFile?: string;
}

export interface ConfigInput {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the process runs as root, and the user's home: they decide the default places. */
  readonly isRoot: boolean;
  readonly homeDirectory: string;
}

const NAMES = Object.keys(SETTINGS) as readonly SettingName[];
/** Read by other parts of Muster, so no mistakes here. */
const FOREIGN_VARIABLES = /^MUSTER_(?:URL|TOKEN|CA|CONFIG|AGENT_.*|LAB_.*|TEST_.*|SKIP_.*)$/;

export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
export const variableOf = (name: string): string =>
  `MUSTER_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/**
 * Reads file, environment and flags, later ones winning, through the one table of settings.
 * Throws CONFIG_INVALID with every problem at once, each under the path where the user wrote it.
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const problems: Record<string, string> = {};
  const given = new Map<SettingName, { readonly value: unknown; readonly origin: Origin; readonly where: string }>();
  const flags = readFlags(input.argv, problems);
  const configFile = flags.values.get("config") ?? input.environment["MUSTER_CONFIG"];
  if (configFile !== undefined) {
    for (const [name, value] of readFile(configFile, problems))
      given.set(name, { value, origin: "file", where: `${configFile}: ${name}` });
  }
  for (const [variable, value] of Object.entries(input.environment)) {
    if (!variable.startsWith("MUSTER_") || FOREIGN_VARIABLES.test(variable) || value === undefined) continue;
    const name = NAMES.find((candidate) => variableOf(candidate) === variable);
    if (name) given.set(name, { value, origin: "environment", where: variable });
    else problems[variable] = unknown(variable, NAMES.map(variableOf));
  }
  for (const name of NAMES) {
    const value = flags.values.get(flagOf(name).slice(2));
    if (value !== undefined) given.set(name, { value, origin: "flag", where: flagOf(name) });
  }

  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const name of NAMES) {
    const setting: (typeof SETTINGS)[SettingName] & { readonly default?: unknown } = SETTINGS[name];
    const found = given.get(name);
    const value = found ? found.value : setting.default;
    origins[name] = found?.origin ?? "default";
    if (value === undefined) continue;
    const parsed = setting.schema.safeParse(value);
    if (parsed.success) values[name] = parsed.data;
    else {
      for (const issue of parsed.error.issues) {
        const at = issue.path.length > 0 ? `[${issue.path.join(".")}]` : "";
        problems[`${found?.where ?? name}${at}`] = issue.message;
      }
    }
  }
  checkTogether(values, new Set(given.keys()), problems);
  if (Object.keys(problems).length > 0) throw new MusterError("CONFIG_INVALID", { fields: problems });
  return {
    config: withPlaces(values, input),
    origins,
    printAndExit: flags.values.has("print-config"),
    ...(configFile === undefined ? {} : { configFile }),
  };
}

function readFlags(
  argv: readonly string[],
  problems: Record<string, string>,
): { readonly values: Map<string, string> } {
  const known = [...NAMES.map((name) => flagOf(name).slice(2)), "config", "print-config"];
  const values = new Map<string, string>();
  const { tokens } = parseArgs({ args: [...argv], strict: false, tokens: true, allowPositionals: true });
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.kind === "positional") {
      problems[token.value] = "is not a flag; flags look like --listen 127.0.0.1:8765";
    } else if (token.kind === "option") {
      const isSwitch = token.name === "print-config" || token.name === "plain-http";
      const next = tokens[index + 1];
      let value = token.value;
      if (value === undefined && !isSwitch && next?.kind === "positional") {
        value = next.value;
        index++;
      }
      if (!known.includes(token.name))
        problems[token.rawName] = unknown(
          token.rawName,
          known.map((name) => `--${name}`),
        );
      else if (value === undefined && !isSwitch) problems[token.rawName] = "needs a value";
      else values.set(token.name, value ?? "true");
    }
  }
  return { values };
}

function readFile(path: string, problems: Record<string, string>): readonly (readonly [SettingName, unknown])[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    problems[path] = `cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})`;
    return [];
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    problems[`${path}:${line}:${col}`] = error.message.split("\n")[0] ?? "is not valid YAML";
  }
  if (document.errors.length > 0) return [];
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 0 });
  } catch {
    problems[path] = "must not use aliases";
    return [];
  }
  if (tree === null || tree === undefined) return [];
  if (typeof tree !== "object" || Array.isArray(tree)) {
    problems[path] = "must be a map of settings";
    return [];
  }
  return Object.entries(tree).flatMap(([name, value]): (readonly [SettingName, unknown])[] => {
    if (NAMES.includes(name as SettingName)) return [[name as SettingName, value]];
    problems[`${path}: ${name}`] = unknown(name, NAMES);
    return [];
  });
}

const unknown = (name: string, known: readonly string[]): string => {
  const close = nearest(name, known);
  return close ? `is not a setting; did you mean ${close}?` : "is not a setting";
};

/** A value that is wrong by itself was still given: only what is absent is missed here. */
function checkTogether(
  values: Record<string, unknown>,
  given: ReadonlySet<SettingName>,
  problems: Record<string, string>,
): void {
  if (given.has("tlsCertFile") !== given.has("tlsKeyFile"))
    problems["tlsCertFile"] ??= "tlsCertFile and tlsKeyFile go together";
  if (given.has("adminUser") !== given.has("adminPasswordFile"))
    problems["adminUser"] ??= "adminUser and adminPasswordFile go together";
  if (values["plainHttp"] === true && values["tlsCertFile"] !== undefined)
    problems["plainHttp"] ??= "plainHttp and tlsCertFile exclude each other";
  const listen = values["listen"];
  if (typeof listen !== "string") return;
  const { host } = splitHostPort(listen);
  if (!isLoopbackHost(host) && !given.has("publicUrl")) {
    problems["publicUrl"] ??=
      `is needed when listening off loopback (${host || "all addresses"}): the address that browsers and agents use`;
  }
}

function withPlaces(values: Record<string, unknown>, input: ConfigInput): HubConfig {
  const dataDir =
    values["dataDir"] ?? (input.isRoot ? "/var/lib/muster" : `${input.homeDirectory}/.local/share/muster`);
  const kekFile = values["kekFile"] ?? (input.isRoot ? "/etc/muster/kek" : `${input.homeDirectory}/.config/muster/kek`);
  return { publicUrl: [], ...values, dataDir, kekFile } as unknown as HubConfig;
}
