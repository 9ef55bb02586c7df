import { DEFAULT_RESTART } from "../definition.ts";
import type { RestartPolicy } from "../definition.ts";
import type { TreeReader } from "./tree-reader.ts";

const WHENS = ["never", "on-failure", "always", "on-unhealthy"] as const;
const DAY = 86_400_000;

/** `restart: always`, or a map of everything that differs from the default. */
export function parseRestart(outer: TreeReader, name = "restart"): RestartPolicy {
  const short = outer.raw(name);
  if (typeof short === "string") return { ...DEFAULT_RESTART, when: outer.choice(name, WHENS) };
  const reader = outer.map(name);
  const restart: RestartPolicy = {
    when: reader.choice("when", WHENS, DEFAULT_RESTART.when),
    successCodes: reader.wholes("successCodes", 0, 255, 64),
    delayMs: reader.duration("delay", DAY, DEFAULT_RESTART.delayMs),
    factor: reader.number("factor", { min: 1, max: 100, whole: false }, DEFAULT_RESTART.factor),
    delayMsMax: delayMax(reader),
    jitter: reader.number("jitter", { min: 0, max: 1, whole: false }, DEFAULT_RESTART.jitter),
    restartsMax: reader.whole("restartsMax", 0, 10_000, DEFAULT_RESTART.restartsMax),
    windowMs: reader.duration("window", 30 * DAY, DEFAULT_RESTART.windowMs),
    stableAfterMs: reader.duration("stableAfter", DAY, DEFAULT_RESTART.stableAfterMs),
  };
  if (restart.delayMsMax < restart.delayMs) reader.fail("delayMax", "must not be shorter than delay");
  reader.end();
  return restart;
}

/** In the program's own spelling the unit stands before the word: `delayMsMax`. */
function delayMax(reader: TreeReader): number {
  const inMs = reader.whole("delayMsMax", 0, DAY, DEFAULT_RESTART.delayMsMax);
  return reader.has("delayMax") ? reader.duration("delayMax", DAY, inMs) : inMs;
}
