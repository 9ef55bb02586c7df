import type { Clock, LogFields, Logger } from "@muster/core";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerConfig {
  readonly level: LogLevel;
  /** `json` for machines, one object a line; `text` for a terminal. */
  readonly format: "json" | "text";
}

/** Names of fields whose value is never written, wherever it stands. */
const SECRET_FIELD = /(?:secret|password|token|cookie|authorization|csrf|privatekey|kek|mac)$/i;
const TEXT_CHARACTERS_MAX = 4_000;
const DEPTH_MAX = 5;

/** A logger that writes one line an event. Control characters cannot forge a line: every value is JSON-escaped. */
export function createLogger(config: LoggerConfig, clock: Clock, write: (line: string) => void): Logger {
  const least = LOG_LEVELS.indexOf(config.level);
  const make = (bound: LogFields): Logger => {
    const log = (level: LogLevel, message: string, fields: LogFields = {}): void => {
      if (LOG_LEVELS.indexOf(level) < least) return;
      const all = redact({ ...bound, ...fields }, 0) as Record<string, unknown>;
      const time = new Date(clock.now()).toISOString();
      write(
        config.format === "json"
          ? // JSON leaves C1 controls and bidirectional marks as they are; as escapes they mean the same in it.
            `${escapeControls(JSON.stringify({ time, level, message, ...all }))}\n`
          : `${time} ${level.padEnd(5)} ${escapeControls(message)}${textFields(all)}\n`,
      );
    };
    return {
      debug: (message, fields) => log("debug", message, fields),
      info: (message, fields) => log("info", message, fields),
      warn: (message, fields) => log("warn", message, fields),
      error: (message, fields) => log("error", message, fields),
      child: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}

const textFields = (fields: Record<string, unknown>): string =>
  Object.entries(fields)
    .map(
      ([name, value]) =>
        ` ${escapeControls(name)}=${escapeControls(typeof value === "string" && /^[\w./:@-]+$/.test(value) ? value : (JSON.stringify(value) ?? "-"))}`,
    )
    .join("");

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
/** Control and bidirectional characters as visible escapes. */
export const escapeControls = (text: string): string =>
  text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The value as it may be written: secrets as "[redacted]", errors with their causes, long text cut, depth bounded. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string")
    return value.length > TEXT_CHARACTERS_MAX ? `${value.slice(0, TEXT_CHARACTERS_MAX)}…` : value;
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (value instanceof Error) {
    const code = "code" in value ? { code: value.code } : {};
    return {
      name: value.name,
      message: redact(value.message),
      ...code,
      stack: value.stack?.split("\n").slice(1, 8).join(" "),
      ...(value.cause === undefined ? {} : { cause: redact(value.cause, depth + 1) }),
    };
  }
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_FIELD.test(name) ? "[redacted]" : redact(item, depth + 1),
    ]),
  );
}
