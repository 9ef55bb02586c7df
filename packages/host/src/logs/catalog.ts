import type { LogQuery, LogStreamItem, ServiceKey } from "@muster/core";
import type { Clock } from "@muster/core";
import type { ActingHost } from "../host.ts";
import { ContainerLog } from "./container/container-log.ts";
import type { KeptLines } from "./container/container-log.ts";
import { FileLog } from "./file/file-log.ts";
import { JournalLog } from "./journal/journal-log.ts";
import { systemUnitMatches, userUnitMatches } from "./journal/unit-matches.ts";
import type { LogReader, LogSourceReader } from "./log-source.ts";
import { SupervisedLog } from "./supervised/supervised-log.ts";
import type { SupervisedLogs } from "./supervised/supervised-log.ts";
import { isChoice, SEARCHED_LINES_MAX, tidyLog } from "./tidy-log.ts";
import { PaneLog } from "./tmux/pane-log.ts";
import type { PaneCaptures } from "./tmux/pane-log.ts";

export interface LogCatalogDeps {
  readonly host: ActingHost;
  readonly clock: Clock;
  /** Absent: the first that is there of Docker's own and podman's. */
  readonly containerSocket?: string;
  readonly kept?: KeptLines;
  readonly supervised?: SupervisedLogs;
  readonly panes?: PaneCaptures;
  /** Present: of a unit only what this run of it wrote is read; all of it where the run is not known. */
  readonly invocationOf?: (unit: ServiceKey) => string | undefined;
}

/** Every log that this server can read, by driver. */
export function logReader(deps: LogCatalogDeps): LogReader {
  const { host, clock, containerSocket, kept, supervised, panes, invocationOf } = deps;
  const systemMatches = (name: string) => systemUnitMatches(name, invocationOf?.({ driver: "systemd", name }));
  const userMatches = (name: string) => userUnitMatches(host, name, invocationOf?.({ driver: "systemd-user", name }));
  const readers: Readonly<Partial<Record<LogQuery["driver"], LogSourceReader>>> = {
    file: new FileLog({ host, clock }),
    systemd: new JournalLog({ host, clock, matches: systemMatches }),
    "systemd-user": new JournalLog({ host, clock, matches: userMatches }),
    container: new ContainerLog({
      host,
      clock,
      containerSocket: containerSocket ?? "auto",
      ...(kept !== undefined && { kept }),
    }),
    ...(supervised !== undefined && { process: new SupervisedLog({ host, clock, logs: supervised }) }),
    ...(panes !== undefined && { tmux: new PaneLog({ host, clock, panes }) }),
  };
  return {
    read(query, signal): AsyncGenerator<LogStreamItem, void, undefined> {
      const reader = readers[query.driver];
      if (reader === undefined) throw new Error(`this server keeps no log of ${query.driver}`);
      return tidyLog(reader.read(recordAsk(query), signal), query);
    },
  };
}

/** What must be read so that what was asked for is in it: a choice among lines needs more of them. */
function recordAsk(query: LogQuery) {
  const { name, linesMax, since, until, afterCursor, follow } = query;
  return {
    name,
    linesMax: isChoice(query) ? Math.max(linesMax, SEARCHED_LINES_MAX) : linesMax,
    since,
    until,
    afterCursor,
    follow: follow && until === undefined,
  };
}
