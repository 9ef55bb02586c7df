type Version = readonly [number, number];

/** Newest version of the Engine API that the calls here were held against. */
const OURS: Version = [1, 44];
/** One reading of statistics without a pause of a second came with this one (Docker 20.10). */
const ONE_SHOT: Version = [1, 41];

const parse = (text: unknown): Version | undefined => {
  const match = typeof text === "string" ? /^(\d{1,2})\.(\d{1,3})$/.exec(text) : null;
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
};
const isBelow = (a: Version, b: Version): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

export interface ApiVersion {
  /** Begins every path, such as `/v1.41`. */
  readonly prefix: string;
  readonly stats: "one-shot" | "none";
}

/**
 * The version to speak with an engine, from its answer to `/version`: the lower of its own and ours, but not below what
 * it still answers to. Undefined when it does not say.
 */
export function negotiateApi(version: unknown): ApiVersion | undefined {
  const said = typeof version === "object" && version !== null ? (version as Record<string, unknown>) : {};
  const theirs = parse(said["ApiVersion"]);
  if (theirs === undefined) return undefined;
  const oldest = parse(said["MinAPIVersion"]);
  let spoken = isBelow(theirs, OURS) ? theirs : OURS;
  if (oldest !== undefined && isBelow(spoken, oldest)) spoken = oldest;
  return { prefix: `/v${spoken[0]}.${spoken[1]}`, stats: isBelow(spoken, ONE_SHOT) ? "none" : "one-shot" };
}
