import type { CheckTarget, HealthCheck } from "../definition.ts";
import { SERVICE_LIMITS } from "../fitted-status.ts";
import { isAbsolutePath, isArgument } from "./tree-reader.ts";
import type { TreeReader } from "./tree-reader.ts";

const CHECKS_MAX = 16;
const HOUR = 3_600_000;
const CHECK_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|[0-9a-fA-F:]{2,45})$/;
const URL_TEXT = /^https?:\/\/[^\s/?#@]+(?:[/?#][^\s]*)?$/;

export function parseChecks(outer: TreeReader, name = "checks"): readonly HealthCheck[] {
  const checks = outer.maps(name, CHECKS_MAX).map(parseCheck);
  const names = checks.map((check) => check.name);
  for (const [index, each] of names.entries())
    if (names.indexOf(each) !== index) outer.fail(`${name}[${index}].name`, "is another check's name already");
  return checks;
}

function parseCheck(reader: TreeReader): HealthCheck {
  const check: HealthCheck = {
    name: reader.text("name", (text) => CHECK_NAME.test(text), "a short name"),
    target: parseTarget(reader.map("target")),
    intervalMs: reader.duration("interval", HOUR, 30_000),
    timeoutMs: reader.duration("timeout", 300_000, 5_000),
    rise: reader.whole("rise", 1, 100, 1),
    fall: reader.whole("fall", 1, 100, 3),
    startPeriodMs: reader.duration("startPeriod", HOUR, 0),
    severity: reader.choice("severity", ["degraded", "unhealthy"] as const, "unhealthy"),
  };
  if (check.intervalMs < 1_000) reader.fail("interval", "must be at least 1 s");
  if (check.timeoutMs < 10) reader.fail("timeout", "must be at least 10 ms");
  reader.end();
  return check;
}

function parseTarget(reader: TreeReader): CheckTarget {
  const by = reader.choice("by", ["exec", "http", "tcp", "log", "driver"] as const);
  // What was not understood is a problem already, and a driver check only its placeholder.
  const target = targetBy((by as string) === "" ? "driver" : by, reader);
  reader.end();
  return target;
}

function targetBy(by: CheckTarget["by"], reader: TreeReader): CheckTarget {
  switch (by) {
    case "exec":
      return { by, command: parseCommand(reader) };
    case "http":
      return {
        by,
        url: reader.text("url", isUrl, "an http or https address without a user in it"),
        statusMin: reader.whole("statusMin", 100, 599, 200),
        statusMax: reader.whole("statusMax", 100, 599, 399),
        text: reader.text("text", (text) => isArgument(text, 512), "at most 512 characters", ""),
      };
    case "tcp":
      return {
        by,
        host: reader.text("host", (text) => HOST.test(text), "a host name or address", "127.0.0.1"),
        port: reader.has("port") ? reader.whole("port", 1, 65_535, 1) : (reader.fail("port", "is needed"), 1),
      };
    case "log": {
      const isLine = (text: string): boolean => isArgument(text, 512) && !/[\n\r]/.test(text);
      const good = reader.text("good", isLine, "a piece of one line", "");
      const bad = reader.text("bad", isLine, "a piece of one line", "");
      if (good === "" && bad === "") reader.fail("", "needs `good`, `bad` or both");
      return { by, good, bad };
    }
    case "driver":
      return { by };
  }
}

export const isUrl = (text: string): boolean =>
  text.length <= SERVICE_LIMITS.urlCharactersMax && isArgument(text) && URL_TEXT.test(text);

const COMMAND_CHARACTERS_MAX = 65_536;

/** A program by its absolute path, and its arguments. */
export function parseCommand(reader: TreeReader): readonly string[] {
  const command = reader.texts("command", isArgument, "text without NUL, at most 4096 characters", 256);
  if (command.length === 0) reader.fail("command", "is needed: a program by its absolute path, and its arguments");
  else if (!isAbsolutePath(command[0]!) || command[0]!.endsWith("/"))
    reader.fail("command[0]", "must be an absolute path without ..; there is no shell that would look for it");
  if (command.reduce((sum, each) => sum + each.length, 0) > COMMAND_CHARACTERS_MAX)
    reader.fail("command", `must have at most ${COMMAND_CHARACTERS_MAX} characters together`);
  return command;
}
