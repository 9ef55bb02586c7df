import { DEFAULT_RESTART } from "@muster/core";

export interface DefinitionChange {
  /** Such as `restart.when` or `command[1]`. */
  readonly path: string;
  readonly before?: string;
  /** Absent: left to its default. */
  readonly after?: string;
}

/**
 * What changes when a written definition takes the place of the one that is there, ordered by path. What is there is whole
 * and what is written leaves defaults out, so a value that is left out is told only where it was not plainly nothing.
 */
export function definitionDiff(
  before: Readonly<Record<string, unknown>> | undefined,
  after: Readonly<Record<string, unknown>>,
): readonly DefinitionChange[] {
  const old = leaves(before ?? {});
  const written = leaves(after);
  const paths = [...new Set([...old.keys(), ...written.keys()])].sort();
  return paths.flatMap((path): DefinitionChange[] => {
    const [was, is] = [old.get(path), written.get(path)];
    if (was === is) return [];
    if (is === undefined) return was === undefined || isDefault(path, was) ? [] : [{ path, before: was }];
    return [{ path, after: is, ...(was !== undefined && { before: was }) }];
  });
}

const RESTART = leaves({ restart: DEFAULT_RESTART });
const NOTHING = new Set(['""', "null", "[]", "{}", "false"]);

const isDefault = (path: string, value: string): boolean => RESTART.get(path) === value || NOTHING.has(value);

/** Every value that has no parts, by its path. */
function leaves(value: unknown, path = "", found = new Map<string, string>()): ReadonlyMap<string, string> {
  const parts: readonly (readonly [string, unknown])[] | undefined = Array.isArray(value)
    ? value.map((part, index) => [`${path}[${index}]`, part] as const)
    : typeof value === "object" && value !== null
      ? Object.entries(value).map(([name, part]) => [path === "" ? name : `${path}.${name}`, part] as const)
      : undefined;
  if (parts === undefined || parts.length === 0) found.set(path, JSON.stringify(value) ?? "null");
  else for (const [place, part] of parts) leaves(part, place, found);
  return found;
}
