import type { Command } from "commander";
import { Option } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import { followLog } from "../logs/follow-log.ts";
import { logItems } from "../logs/log-items.ts";
import type { LogQuery } from "../logs/log-items.ts";
import { logPrinter } from "../logs/log-printer.ts";
import type { LogPrinter } from "../logs/log-printer.ts";
import { logSources, sourceQuery } from "../logs/log-sources.ts";
import type { LogSource } from "../logs/log-sources.ts";
import { selectionOptions } from "../services/selection.ts";
import type { SelectionOptions } from "../services/selection.ts";
import type { Shell } from "../shell.ts";
import { gather, hubCommand, wholeNumber, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { spanOrInstant } from "./time-options.ts";

interface LogsOptions extends HubOptions, SelectionOptions {
  readonly follow?: boolean;
  readonly lines?: string;
  readonly since?: string;
  readonly until?: string;
  readonly grep?: string;
  readonly regex?: string;
  readonly level?: string;
  readonly file?: readonly string[];
}

const LEVELS = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];
const LINES_DEFAULT = 200;
const LINES_MAX = 100_000;
/** Each is a connection of its own. */
const FOLLOWED_MAX = 16;

/** `logs`: the last lines of services and files, and with `-f` those that come. */
export function addLogsCommand(program: Command, shell: Shell): void {
  hubCommand<LogsOptions>(
    selectionOptions(program.command("logs [service...]"))
      .description("Show the log of services or files, and with -f what comes to it.")
      .option("-f, --follow", "stay and show what comes, until Ctrl-C")
      .option("-n, --lines <count>", `so many of the last lines (default ${LINES_DEFAULT}; with --since all)`)
      .option("--since <time>", "only later lines: 10m, 6h, 2d ago, ISO 8601 or epoch milliseconds")
      .option("--until <time>", "only earlier lines, as --since")
      .option("--grep <text>", "only lines with this text in them")
      .option("--regex <expression>", "only lines that this expression (RE2) matches")
      .addOption(new Option("--level <level>", "only lines at least as severe").choices(LEVELS))
      .option("--file <server:path>", "a file on the policy's list; repeat for several", gather)
      .addHelpText(
        "after",
        "\nSERVICE is NAME, NAME@SERVER or an id. Several logs are merged by time, each line with its source." +
          "\nA lost connection goes on after the last line; what the server no longer has is marked as missing." +
          "\n-f ends with 0 at Ctrl-C. With --json each line is JSON.",
      ),
    shell,
    async ({ hub, options, note }, ...operands) => {
      const { search, range, lines } = linesWanted(options, shell.clock.now());
      const sources = await logSources(hub, operands, options.file ?? [], options);
      if (sources.length === 0) throw wrongOption("service", "names no log; name a service, or a file with --file");
      const printer = logPrinter(shell, sources, options.json ? "json" : "text");
      const begin = { ...search, ...range, lines };
      if (!options.follow) return showLog(hub, { ...sourceQuery(sources), ...begin }, printer);
      if (sources.length > FOLLOWED_MAX)
        throw wrongOption("--follow", `follows at most ${FOLLOWED_MAX} logs at a time`);
      await followAll(shell, hub, { sources, search, begin, printer, note });
    },
  );
}

/** Throws BAD_REQUEST naming the option. */
function linesWanted(options: LogsOptions, now: number) {
  const { since, until, grep, regex, level, follow } = options;
  if (grep !== undefined && regex !== undefined) throw wrongOption("--regex", "goes without --grep");
  if (until !== undefined && follow) throw wrongOption("--until", "goes without --follow");
  const text = grep ?? regex;
  const search: LogQuery = {
    ...(text !== undefined && { search: text }),
    ...(regex !== undefined && { expression: "true" }),
    ...(level !== undefined && { level: LEVELS.indexOf(level) }),
  };
  const range: LogQuery = {
    ...(since !== undefined && { since: spanOrInstant("--since", since, now) }),
    ...(until !== undefined && { until: spanOrInstant("--until", until, now) }),
  };
  const lines = wholeNumber("--lines", options.lines, 0, LINES_MAX);
  return { search, range, lines: lines ?? (since === undefined ? LINES_DEFAULT : LINES_MAX) };
}

async function showLog(hub: HubClient, query: LogQuery, print: LogPrinter): Promise<void> {
  for await (const item of logItems(hub, query)) if ((await print(item)) === "closed") return;
}

interface Following {
  readonly sources: readonly LogSource[];
  readonly search: LogQuery;
  readonly begin: LogQuery & { readonly lines: number };
  readonly printer: LogPrinter;
  readonly note: (text: string) => void;
}

/**
 * What is there first, merged by the hub; then each log by itself, so that each goes on after its own last line. One that
 * had no line among the last ones goes on after the newest line of the others.
 */
async function followAll(shell: Shell, hub: HubClient, following: Following): Promise<void> {
  const { sources, search, begin, printer, note } = following;
  const stop = shell.stopSignal();
  const leaving = new AbortController();
  const signal = AbortSignal.any([stop, leaving.signal]);
  const print: LogPrinter = async (item) => {
    const state = await printer(item);
    if (state === "closed") leaving.abort();
    return state;
  };
  const cursors = new Map<number, string>();
  let first: LogQuery = begin;
  try {
    if (sources.length > 1 || begin.lines === 0) {
      let newestAt: number | undefined;
      // Even when none of them is to be shown, the last line says after which one to go on.
      const history = { ...sourceQuery(sources), ...begin, lines: Math.max(1, begin.lines) };
      for await (const item of logItems(hub, history, { signal })) {
        if ("cursor" in item) {
          cursors.set(item.source, item.cursor);
          newestAt = item.at ?? newestAt;
        }
        if (begin.lines > 0) await print(item);
      }
      first = afterHistory(begin, cursors.size, newestAt);
    }
    await Promise.all(
      sources.map((source, index) => {
        const cursor = cursors.get(index);
        const goOn = { ...sourceQuery([source]), ...search };
        const log = {
          label: source.label,
          begin: { ...goOn, ...first },
          goOn,
          ...(cursor !== undefined && { cursor }),
        };
        const printOwn: LogPrinter = (item) => print({ ...item, source: index });
        return followLog(hub, log, printOwn, { ...shell, tell: note }, signal);
      }),
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    leaving.abort();
  }
}

/** What is asked of a log that had no line among those shown: all that came after the newest of them. */
function afterHistory(begin: LogQuery, seen: number, newestAt: number | undefined): LogQuery {
  // Nothing was there, so all that will be is new.
  if (seen === 0) return { ...begin, lines: LINES_MAX };
  return newestAt === undefined ? { lines: 0 } : { since: newestAt, lines: LINES_MAX };
}
