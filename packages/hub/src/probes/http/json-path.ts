/**
 * What stands at a path such as `status`, `nodes[0].state` or `$.a["b c"]` in a JSON value: names, indexes, and `length` of a list.
 * Undefined where there is nothing, or the path is none.
 */
export function atJsonPath(value: unknown, path: string): unknown {
  let here: unknown = value;
  let rest = path.replace(/^\$\.?/, "");
  while (rest !== "") {
    const [whole, name, index, quoted] = /^\.?(?:([^.[\]]+)|\[(\d{1,6})\]|\["([^"]*)"\])/.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    rest = rest.slice(whole.length);
    const key = name ?? quoted;
    if (index !== undefined) here = Array.isArray(here) ? (here as unknown[])[Number(index)] : undefined;
    else if (key !== undefined && typeof here === "object" && here !== null && Object.hasOwn(here, key))
      here = (here as Record<string, unknown>)[key];
    else return undefined;
  }
  return here;
}
