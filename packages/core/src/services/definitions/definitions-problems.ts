import type { ServiceDefinition } from "../definition.ts";

/** What is wrong between definitions of one server: a name used twice, a dependency that is not there, or a circle of them. */
export function definitionsProblems(definitions: readonly ServiceDefinition[]): readonly string[] {
  const problems: string[] = [];
  const byName = new Map<string, ServiceDefinition>();
  for (const definition of definitions) {
    // One name space for both drivers, so that a dependency needs no driver.
    if (byName.has(definition.name)) problems.push(`${definition.name}: is defined twice`);
    byName.set(definition.name, definition);
  }
  for (const { name, dependsOn } of definitions)
    for (const other of dependsOn)
      if (!byName.has(other)) problems.push(`${name}: depends on ${other}, which is not defined`);
  const circle = circleIn(byName);
  if (circle !== undefined) problems.push(`${circle[0]}: depends on itself (${circle.join(" → ")})`);
  return problems;
}

/** The first circle of dependencies, its beginning repeated at its end. */
function circleIn(byName: ReadonlyMap<string, ServiceDefinition>): readonly string[] | undefined {
  const finished = new Set<string>();
  const walk = (name: string, way: readonly string[]): readonly string[] | undefined => {
    const at = way.indexOf(name);
    if (at >= 0) return [...way.slice(at), name];
    if (finished.has(name)) return undefined;
    for (const other of byName.get(name)?.dependsOn ?? []) {
      const circle = walk(other, [...way, name]);
      if (circle !== undefined) return circle;
    }
    finished.add(name);
    return undefined;
  };
  for (const name of byName.keys()) {
    const circle = walk(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** Names in the order in which they may be started: each after all that it depends on. Unknown names are left out. */
export function startOrder(definitions: readonly ServiceDefinition[]): readonly string[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const order = new Set<string>();
  const visit = (name: string, way: ReadonlySet<string>): void => {
    const definition = byName.get(name);
    if (definition === undefined || order.has(name) || way.has(name)) return;
    for (const other of definition.dependsOn) visit(other, new Set([...way, name]));
    order.add(name);
  };
  for (const name of byName.keys()) visit(name, new Set());
  return [...order];
}
