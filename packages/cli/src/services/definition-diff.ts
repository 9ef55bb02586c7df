export interface DefinitionChange {
  /** Such as `restart.when` or `command[1]`. */
  readonly path: string;
  readonly before?: string;
  /** Absent: it is no more. */
  readonly after?: string;
}

/** What changes when one whole definition takes the place of another, or of none, ordered by path. */
export function definitionDiff(before: object | undefined, after: object): readonly DefinitionChange[] {
  const old = leaves(before ?? {});
  const written = leaves(after);
  const paths = [...new Set([...old.keys(), ...written.keys()])].sort();
  return paths.flatMap((path): DefinitionChange[] => {
    const [was, is] = [old.get(path), written.get(path)];
    if (was === is) return [];
    return [{ path, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }];
  });
}

/** Every value that has no parts, by its path. Of an empty list or map nothing is told. */
function leaves(value: unknown, path = "", found = new Map<string, string>()): ReadonlyMap<string, string> {
  const parts: readonly (readonly [string, unknown])[] | undefined = Array.isArray(value)
    ? value.map((part, index) => [`${path}[${index}]`, part] as const)
    : typeof value === "object" && value !== null
      ? Object.entries(value).map(([name, part]) => [path === "" ? name : `${path}.${name}`, part] as const)
      : undefined;
  if (parts === undefined) found.set(path, JSON.stringify(value) ?? "null");
  else for (const [place, part] of parts) leaves(part, place, found);
  return found;
}
