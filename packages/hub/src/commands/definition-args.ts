import { MusterError } from "@muster/core";
import type { ActionArgs } from "@muster/core";
import { sha256Hex } from "@muster/node-kit";

/** What a definition's text may take on the wire. */
export const DEFINITION_CHARACTERS_MAX = 64 * 1024;

export interface GivenDefinition {
  readonly driver: "process" | "tmux";
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
  /** Values by variable; those left out stay as they are on the server. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * The text that travels to the server. Names of secrets are a list; where values are given, a map with the value of each
 * name, null where it stays as it is. Throws BAD_REQUEST when it is too long, says another driver or name than was asked
 * for, or gives a value to what is no secret of it.
 */
export function wireDefinition({ driver, name, definition, secrets }: GivenDefinition): string {
  const fail = (field: string, problem: string): never => {
    throw new MusterError("BAD_REQUEST", { fields: { [field]: problem } });
  };
  for (const [field, wanted] of [
    ["driver", driver],
    ["name", name],
  ] as const)
    if (definition[field] !== undefined && definition[field] !== wanted)
      fail(`body.definition.${field}`, "is not that of the path");
  const names = definition["secrets"] ?? [];
  if (!Array.isArray(names) || !names.every((each) => typeof each === "string"))
    return fail("body.definition.secrets", "must be a list of names; their values go into body.secrets");
  for (const each of Object.keys(secrets))
    if (!names.includes(each)) fail(`body.secrets.${each.slice(0, 64)}`, "is not in definition.secrets");
  const hasValues = Object.keys(secrets).length > 0;
  const text = JSON.stringify({
    ...definition,
    driver,
    name,
    ...(hasValues && { secrets: Object.fromEntries(names.map((each: string) => [each, secrets[each] ?? null])) }),
  });
  if (text.length > DEFINITION_CHARACTERS_MAX) fail("body.definition", "is longer than 64 KiB");
  return text;
}

/** What the audit log and the list of actions hold of it: what runs, no value of any variable. */
export function redactedDefinition({ driver, name, definition, secrets }: GivenDefinition): ActionArgs {
  const { command } = definition;
  return {
    driver,
    name,
    program: Array.isArray(command) ? String(command[0]).slice(0, 256) : "",
    definitionSha256: sha256Hex(JSON.stringify(definition)),
    ...(Object.keys(secrets).length > 0 && { secretsSet: Object.keys(secrets).join(" ").slice(0, 512) }),
  };
}
