/** A definition as it is written: plain JSON, perhaps unfinished. */
export type Tree = Readonly<Record<string, unknown>>;

export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What stands at a path such as `restart.when`; undefined where nothing does. */
export function readAt(tree: Tree, path: string): unknown {
  let value: unknown = tree;
  for (const name of path.split(".")) value = isTree(value) ? value[name] : undefined;
  return value;
}

/** The same tree with another value at a path. Undefined takes the field out, and what is then empty around it. */
export function writeAt(tree: Tree, path: string, value: unknown): Tree {
  const [name = "", ...rest] = path.split(".");
  const { [name]: before, ...others } = tree;
  const next = rest.length === 0 ? value : writeAt(isTree(before) ? before : {}, rest.join("."), value);
  const isEmpty = next === undefined || (rest.length > 0 && isTree(next) && Object.keys(next).length === 0);
  if (isEmpty) return others;
  // A field that was there keeps its place, so that a comparison shows only what changed.
  return before === undefined
    ? { ...others, [name]: next }
    : Object.fromEntries(Object.entries(tree).map(([key, old]) => [key, key === name ? next : old]));
}
