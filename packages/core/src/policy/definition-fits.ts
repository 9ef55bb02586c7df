import type { PolicyEntry } from "./policy.ts";

/** Variables that turn a permitted program into another one. */
const TAKES_OVER =
  /^(?:LD_.*|GCONV_PATH|NODE_OPTIONS|NODE_PATH|BASH_ENV|ENV|PYTHON.*|PERL5.*|RUBY.*|JAVA_TOOL_OPTIONS|GIT_.*|IFS|PATH)$/;

/** Whether a variable can make a permitted program load, or be, something else. */
export const takesOver = (variable: string): boolean => TAKES_OVER.test(variable);

/**
 * Whether a definition that the hub sends runs only what the entry names: each program it starts, itself and for its
 * checks, is one of `programs`; its user is the agent's own or one of `users`; and no variable makes a permitted program
 * load something else. Anything that is not understood does not fit.
 */
export function definitionFits(entry: PolicyEntry, text: string | number | undefined): boolean {
  const definition = parsed(text);
  if (!isFields(definition)) return false;
  const { command, user = null, environment = {}, secrets = [], checks = [] } = definition;
  if (!isProgramOf(entry, command)) return false;
  if (user !== null && !(typeof user === "string" && entry.users?.includes(user) === true)) return false;
  if (!isFields(environment) || !Array.isArray(checks)) return false;
  const secretNames = Array.isArray(secrets) ? secrets : isFields(secrets) ? Object.keys(secrets) : undefined;
  if (secretNames === undefined) return false;
  const variables: readonly unknown[] = [...Object.keys(environment), ...(secretNames as readonly unknown[])];
  if (!variables.every((name) => typeof name === "string" && !takesOver(name))) return false;
  return checks.every((check: unknown) => {
    const target = isFields(check) ? check["target"] : undefined;
    if (!isFields(target)) return false;
    return target["by"] !== "exec" || isProgramOf(entry, target["command"]);
  });
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
