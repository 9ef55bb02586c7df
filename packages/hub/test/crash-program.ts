import { writeSync } from "node:fs";
import { isMusterError } from "@muster/core";
import { PARTS, runPart } from "./crash-scenario.ts";
import type { PartName } from "./crash-scenario.ts";

/**
 * Runs a part of the scenario and writes each line at once, so that no line is lost with the process.
 *
 * argv: file, name of the part, how often a step that fails is tried.
 */
const [path = "", part = "", attempts = "1"] = process.argv.slice(2);
const say = (line: string): void => void writeSync(1, `${line}\n`);
try {
  await runPart(path, PARTS[part as PartName], say, Number(attempts));
  say("done");
} catch (error) {
  say(`gave up ${isMusterError(error) ? error.code : String(error)}`);
}
