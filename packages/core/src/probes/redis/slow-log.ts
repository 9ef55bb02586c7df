import type { ReportTable } from "../probe-result.ts";

/** One command that took long. Its arguments are dropped: they hold data. */
export interface SlowCommand {
  readonly command: string;
  readonly durationMs: number;
  /** Epoch milliseconds, by the server's clock. */
  readonly at: number;
}

export const SLOW_COMMANDS_MAX = 20;
/** Only a name that could be one is repeated; a client may send anything as a command. */
const COMMAND = /^[A-Za-z][A-Za-z0-9_.-]{0,39}$/;

/** Reads what `SLOWLOG GET` answered: a list of id, epoch seconds, microseconds, arguments and more. What fits not is left out. */
export function parseSlowLog(answer: unknown): readonly SlowCommand[] {
  if (!Array.isArray(answer)) return [];
  return answer.slice(0, SLOW_COMMANDS_MAX).flatMap((entry: unknown) => {
    if (!Array.isArray(entry)) return [];
    const [, atSeconds, microseconds, words] = entry as readonly unknown[];
    if (typeof atSeconds !== "number" || typeof microseconds !== "number" || !Array.isArray(words)) return [];
    const name: unknown = words[0];
    const command = typeof name === "string" && COMMAND.test(name) ? name.toUpperCase() : "?";
    return [{ command, durationMs: microseconds / 1_000, at: atSeconds * 1_000 }];
  });
}

/** `note`: why it is empty, where it could not be read. */
export const slowLogTable = (commands: readonly SlowCommand[], note: string | undefined): ReportTable => ({
  key: "slowLog",
  columns: [{ key: "command" }, { key: "duration", unit: "milliseconds" }, { key: "at", unit: "instant" }],
  rows: commands.map(({ command, durationMs, at }) => [command, durationMs, at]),
  ...(commands.length === 0 && { note: note ?? "No command was slow (slowlog-log-slower-than)." }),
});
