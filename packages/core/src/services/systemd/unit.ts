import { boundedText, parseCount } from "../../linux/text.ts";
import type { Instant } from "../../time.ts";
import { signalName } from "../signal-names.ts";
import type { Exit } from "../service.ts";
import type { UnitProperties } from "./show-output.ts";
import { parseTimespanMs, parseTimestamp } from "./times.ts";

/** A unit as `systemctl show` tells it; null where it says nothing, `[not set]` or its largest number. */
export interface Unit {
  readonly id: string;
  readonly description: string;
  /** loaded, not-found, bad-setting, error, masked … */
  readonly loadState: string;
  readonly loadError: string;
  readonly activeState: string;
  readonly subState: string;
  /** Empty for a unit without a file. */
  readonly fileState: string;
  readonly fragmentPath: string;
  readonly result: string;
  readonly reloadResult: string;
  /** How a service says that it is ready: simple, notify, oneshot …; empty for other kinds. */
  readonly type: string;
  readonly statusText: string;
  readonly invocationId: string;
  /** A job is under way for it: its state is not the last word. */
  readonly isBusy: boolean;
  readonly needsDaemonReload: boolean;
  readonly hasRun: boolean;
  readonly mainPid: number | null;
  readonly restarts: number | null;
  readonly lastExit: Exit | null;
  readonly stateChangedAt: Instant | null;
  readonly nextAt: Instant | null;
  readonly memoryBytes: number | null;
  readonly tasks: number | null;
  readonly cpuSeconds: number | null;
  readonly restart: string;
  readonly restartPause: string;
  readonly startLimit: { readonly burst: number; readonly interval: string } | null;
  readonly slice: string;
  /** Its path below the root of control groups; empty while nothing of it runs. */
  readonly controlGroup: string;
  readonly canStart: boolean;
  readonly canStop: boolean;
  readonly canReload: boolean;
  readonly triggeredBy: readonly string[];
  readonly listens: readonly string[];
  /** Services that are started with it and before it. */
  readonly needs: readonly string[];
}

/** What `Result` means, for people; a word not listed stands for itself. */
const RESULTS: Readonly<Record<string, string>> = {
  success: "",
  "exit-code": "",
  signal: "",
  "core-dump": "core dumped",
  timeout: "timed out",
  watchdog: "missed its watchdog",
  "oom-kill": "out of memory",
  "start-limit-hit": "start limit hit",
  resources: "could not be set up",
  protocol: "did not keep its protocol",
  "exec-condition": "its condition said no",
};

/** Exit codes that systemd itself gives before the program runs (systemd.exec(5)). */
const SETUP_CODES: Readonly<Record<number, string>> = {
  200: "the working directory cannot be entered",
  203: "the program cannot be executed",
  208: "its standard input cannot be set up",
  209: "its standard output cannot be set up",
  214: "its scheduling cannot be set up",
  216: "its group cannot be set",
  217: "its user is not known",
  226: "its namespaces cannot be set up",
  233: "its runtime directory cannot be made",
  238: "its state directory cannot be made",
  243: "its credentials cannot be read",
};

/** The unit that one block of `systemctl show --timestamp=us+utc` tells. */
export function unitOf(properties: UnitProperties): Unit {
  const text = (name: string): string => properties.get(name)?.[0] ?? "";
  const count = (name: string): number | null => {
    const value = parseCount(text(name));
    // 2^64-1 and the like are how systemd says "not set".
    return value === undefined || value >= Number.MAX_SAFE_INTEGER ? null : value;
  };
  const isYes = (name: string): boolean => text(name) === "yes";
  const result = text("Result");
  const nanoseconds = count("CPUUsageNSec");
  const burst = count("StartLimitBurst") ?? 0;
  const interval = text("StartLimitIntervalUSec");
  return {
    id: text("Id"),
    description: text("Description"),
    loadState: text("LoadState"),
    loadError: /"(.*)"$/.exec(text("LoadError"))?.[1] ?? "",
    activeState: text("ActiveState"),
    subState: text("SubState"),
    fileState: text("UnitFileState"),
    fragmentPath: text("FragmentPath"),
    result,
    reloadResult: text("ReloadResult"),
    type: text("Type"),
    statusText: text("StatusText"),
    invocationId: text("InvocationID"),
    isBusy: text("Job") !== "" && text("Job") !== "0",
    needsDaemonReload: isYes("NeedDaemonReload"),
    hasRun: (count("InactiveExitTimestampMonotonic") ?? 0) > 0,
    mainPid: count("MainPID") || null,
    restarts: count("NRestarts"),
    lastExit: lastExitOf(count("ExecMainCode"), count("ExecMainStatus"), result),
    stateChangedAt: parseTimestamp(text("StateChangeTimestamp")) ?? null,
    nextAt: nextAtOf(text),
    memoryBytes: count("MemoryCurrent"),
    tasks: count("TasksCurrent"),
    cpuSeconds: nanoseconds === null ? null : nanoseconds / 1e9,
    restart: text("Restart"),
    restartPause: text("RestartUSec"),
    startLimit: burst > 0 && interval !== "0" && interval !== "" ? { burst, interval } : null,
    slice: text("Slice"),
    controlGroup: text("ControlGroup"),
    canStart: isYes("CanStart") && !isYes("RefuseManualStart"),
    canStop: isYes("CanStop") && !isYes("RefuseManualStop"),
    canReload: isYes("CanReload"),
    triggeredBy: text("TriggeredBy").split(" ").filter(Boolean),
    listens: properties.get("Listen") ?? [],
    needs: needsOf(text),
  };
}

/** What only belongs to its start, or only comes before it where both are started, is no dependency. */
function needsOf(text: (name: string) => string): readonly string[] {
  const before = new Set(text("After").split(" "));
  const pulled = ["Requires", "Wants", "BindsTo"].flatMap((name) => text(name).split(" "));
  return [...new Set(pulled)].filter((name) => before.has(name) && name.endsWith(".service")).toSorted();
}

/** Codes of waitid(2): 1 ended by itself, 2 by a signal, 3 by a signal with a core dump. */
function lastExitOf(how: number | null, status: number | null, result: string): Exit | null {
  const reason = RESULTS[result] ?? boundedText(result, 64);
  if (how === 1 && status !== null)
    return { code: status, signal: null, detail: reason || (SETUP_CODES[status] ?? "") };
  if ((how === 2 || how === 3) && status !== null) return { code: null, signal: signalName(status), detail: reason };
  return reason === "" ? null : { code: null, signal: null, detail: reason };
}

/** A timer may wait for a wall time, for a time since boot, or for both: the sooner one counts. */
function nextAtOf(text: (name: string) => string): Instant | null {
  const atWall = parseTimestamp(text("NextElapseUSecRealtime"));
  const changedAt = parseTimestamp(text("StateChangeTimestamp"));
  const changedMs = parseCount(text("StateChangeTimestampMonotonic"));
  const sinceBootMs = parseTimespanMs(text("NextElapseUSecMonotonic"));
  // The unit's own last change is told on both clocks, which says where boot lies on the wall clock.
  const atMonotonic =
    sinceBootMs === undefined || sinceBootMs === 0 || changedAt === undefined || !changedMs
      ? undefined
      : Math.round(changedAt - changedMs / 1000 + sinceBootMs);
  if (atWall === undefined || atMonotonic === undefined) return atWall ?? atMonotonic ?? null;
  return Math.min(atWall, atMonotonic);
}
