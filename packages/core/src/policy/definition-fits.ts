import type { PolicyEntry } from "./policy.ts";

/** Variables that turn a permitted program into another one: loaders, interpreters' libraries and start-up files, shells. */
const TAKES_OVER =
  /^(?:LD_.*|GCONV_PATH|GLIBC_TUNABLES|LOCPATH|NODE_(?!ENV$).*|BUN_.*|NPM_CONFIG_.*|BASH_.*|ENV|ZDOTDIR|SHELLOPTS|PS4|PROMPT_COMMAND|PYTHON(?!UNBUFFERED$|DONTWRITEBYTECODE$|IOENCODING$|UTF8$).*|PERL.*|RUBY.*|BUNDLE_.*|GEM_.*|PHPRC|PHP_INI_SCAN_DIR|LUA_.*|R_PROFILE.*|ERL_(?:A|Z)?FLAGS|CLASSPATH|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS|DOTNET_.*|CORECLR_.*|COR_.*|COMPlus_.*|OPENSSL_(?:CONF|MODULES|ENGINES)|GIT_.*|IFS|PATH)$/i;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Whether a variable can make a permitted program load, or be, something else. */
export const takesOver = (variable: string): boolean => TAKES_OVER.test(variable);

/**
 * Why a definition that the hub sends is more than the entry names; undefined when it fits. Each program it starts,
 * itself and for its checks, must be one of `programs`; its user the agent's own or one of `users`; and no variable may
 * make a permitted program load something else. Anything that is not understood does not fit.
 */
export function definitionProblem(entry: PolicyEntry, text: string | number | undefined): string | undefined {
  const definition = parsed(text);
  if (!isFields(definition)) return "the definition is not understood";
  const { command, user = null, environment = {}, secrets = [], checks = [] } = definition;
  if (!isProgramOf(entry, command)) return "its program is none of programs";
  if (user !== null && !(typeof user === "string" && entry.users?.includes(user) === true))
    return "its user is none of users";
  if (!isFields(environment) || !Array.isArray(checks)) return "the definition is not understood";
  const secretNames = Array.isArray(secrets) ? secrets : isFields(secrets) ? Object.keys(secrets) : undefined;
  if (secretNames === undefined) return "the definition is not understood";
  for (const name of [...Object.keys(environment), ...(secretNames as readonly unknown[])]) {
    if (typeof name !== "string" || !VARIABLE_NAME.test(name)) return "a variable's name is not understood";
    if (takesOver(name)) return `the variable ${name} could make a permitted program another one`;
  }
  for (const check of checks as readonly unknown[]) {
    const target = isFields(check) ? check["target"] : undefined;
    if (!isFields(target)) return "a check is not understood";
    if (target["by"] === "exec" && !isProgramOf(entry, target["command"]))
      return "the program of a check is none of programs";
  }
  return undefined;
}

/** Programs and user that an entry must name for this definition; undefined when the definition is not understood. */
export function needsOfDefinition(
  text: string | number | undefined,
): { readonly programs: readonly string[]; readonly user: string | null } | undefined {
  const definition = parsed(text);
  if (!isFields(definition)) return undefined;
  const { command, user = null, checks = [] } = definition;
  const targets = Array.isArray(checks)
    ? checks.map((check: unknown) => (isFields(check) ? check["target"] : null))
    : [];
  const commands = [
    command,
    ...targets.map((target) => (isFields(target) && target["by"] === "exec" ? target["command"] : [])),
  ];
  const programs = commands.flatMap((each) => (Array.isArray(each) && each.length > 0 ? [each[0] as unknown] : []));
  if (!programs.every((program) => typeof program === "string") || programs.length === 0) return undefined;
  return user === null || typeof user === "string" ? { programs: [...new Set(programs)], user } : undefined;
}

const isProgramOf = (entry: PolicyEntry, command: unknown): boolean =>
  Array.isArray(command) && typeof command[0] === "string" && entry.programs?.includes(command[0]) === true;

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string | number | undefined): unknown {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
