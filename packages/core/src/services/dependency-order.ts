/** `from` needs `to`: what is started starts after what it needs, and is stopped before it. */
export interface Dependency {
  readonly from: string;
  readonly to: string;
}

export interface DependencyOrder {
  /** What is needed comes first; nothing needs what stands in its own layer or in a later one, but for circles. */
  readonly layers: readonly (readonly string[])[];
  /** Those that need each other in a circle, also through what is not ordered: nobody is first, so they share a layer. */
  readonly circles: readonly (readonly string[])[];
}

/** All that one needs, also through others, without what needs it in turn: in a circle nobody is before another. */
export function neededBy(id: string, dependencies: readonly Dependency[]): readonly string[] {
  if (!dependencies.some(({ from }) => from === id)) return [];
  const byNeeder = Map.groupBy(dependencies, ({ from }) => from);
  const reachedFrom = (start: string): ReadonlySet<string> => {
    const reached = new Set<string>();
    const next = [start];
    for (let from = next.pop(); from !== undefined; from = next.pop())
      for (const { to } of byNeeder.get(from) ?? []) {
        if (reached.has(to)) continue;
        reached.add(to);
        next.push(to);
      }
    return reached;
  };
  return [...reachedFrom(id)].filter((needed) => needed !== id && !reachedFrom(needed).has(id));
}

/**
 * Orders what is given by what it needs, also where that goes through others which are not given themselves. Within a layer,
 * and among circles, the given order stays.
 */
export function orderByDependency(ids: readonly string[], dependencies: readonly Dependency[]): DependencyOrder {
  const needs = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of dependencies) {
    if (from === to) continue;
    if (!needs.has(to)) needs.set(to, []);
    const known = needs.get(from);
    if (known === undefined) needs.set(from, [to]);
    else known.push(to);
  }
  const wanted = new Set(ids);
  const layers: string[][] = [];
  const circles: (readonly string[])[] = [];
  /** In which layer the first that needs it may stand. */
  const layerAfter = new Map<string, number>();
  for (const group of groupsOf(needs)) {
    const members = new Set(group);
    let layer = 0;
    for (const id of group)
      for (const needed of needs.get(id)!) if (!members.has(needed)) layer = Math.max(layer, layerAfter.get(needed)!);
    const ordered = group.filter((id) => wanted.has(id));
    for (const id of group) layerAfter.set(id, ordered.length === 0 ? layer : layer + 1);
    if (ordered.length === 0) continue;
    (layers[layer] ??= []).push(...ordered);
    if (group.length > 1) circles.push(group);
  }
  const place = new Map([...needs.keys()].map((id, index) => [id, index]));
  const inGivenOrder = (group: readonly string[]): readonly string[] =>
    group.toSorted((one, other) => place.get(one)! - place.get(other)!);
  return { layers: layers.map(inGivenOrder), circles: circles.map(inGivenOrder) };
}

/**
 * Those that need each other belong together; a group comes after all that it needs. Tarjan's algorithm, with a stack of its
 * own because a chain may be longer than the engine's.
 */
function groupsOf(needs: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const found = new Map<string, { readonly number: number; low: number; isOpen: boolean }>();
  const open: string[] = [];
  const groups: string[][] = [];
  for (const root of needs.keys()) {
    if (found.has(root)) continue;
    const path: { readonly id: string; next: number }[] = [];
    const enter = (id: string): void => {
      found.set(id, { number: found.size, low: found.size, isOpen: true });
      open.push(id);
      path.push({ id, next: 0 });
    };
    enter(root);
    while (path.length > 0) {
      const at = path.at(-1)!;
      const mark = found.get(at.id)!;
      const needed = needs.get(at.id)![at.next++];
      if (needed !== undefined) {
        const other = found.get(needed);
        if (other === undefined) enter(needed);
        else if (other.isOpen) mark.low = Math.min(mark.low, other.number);
        continue;
      }
      path.pop();
      const below = path.at(-1);
      if (below !== undefined) found.get(below.id)!.low = Math.min(found.get(below.id)!.low, mark.low);
      if (mark.low !== mark.number) continue;
      const group = open.splice(open.lastIndexOf(at.id));
      for (const id of group) found.get(id)!.isOpen = false;
      groups.push(group);
    }
  }
  return groups;
}
