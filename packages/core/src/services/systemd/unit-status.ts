import { boundedText } from "../../linux/text.ts";
import { exitText } from "../exit-text.ts";
import type { Health, RunState, ServiceKey, ServiceStatus, Verb } from "../service.ts";
import type { Unit } from "./unit.ts";
import { unitKindOf } from "./unit-name.ts";

const DESCRIPTION_CHARACTERS_MAX = 256;
/** A user's systemd is a program of that user's choice: nothing it says is of any length or with control characters. */
const word = (text: string): string => boundedText(text, 128);
const STATES: Readonly<Record<string, RunState>> = {
  active: "running",
  reloading: "running",
  refreshing: "running",
  inactive: "stopped",
  failed: "failed",
  activating: "starting",
  deactivating: "stopping",
  maintenance: "stopping",
};
/** Words of `UnitFileState` whose unit can be enabled or disabled. */
const SWITCHABLE = new Set(["enabled", "enabled-runtime", "disabled", "linked", "linked-runtime", "indirect"]);

/** A unit in the words that all services share. */
export function unitStatus(unit: Unit, key: ServiceKey): ServiceStatus {
  const state = runStateOf(unit);
  return {
    ...key,
    description: unit.description === unit.id ? "" : boundedText(unit.description, DESCRIPTION_CHARACTERS_MAX),
    state,
    rawState: word(`${unit.activeState} (${unit.subState})`),
    since: unit.stateChangedAt,
    ...healthOf(unit, state),
    run: unit.invocationId === "" ? null : word(unit.invocationId),
    pid: unit.mainPid,
    restarts: unit.restarts,
    lastExit: unit.lastExit,
    enabled: unit.fileState === "" ? null : word(unit.fileState),
    restartPolicy: restartPolicyOf(unit),
    ports: portsOf(unit),
    urls: [],
    kind: "",
    group: word(unit.slice),
    ...(unit.needs.length > 0 && { needs: unit.needs.map((name) => ownerOf(unit, key) + name) }),
    verbs: verbsOf(unit, state),
    cpuSeconds: unit.cpuSeconds,
    memoryBytes: unit.memoryBytes,
    tasks: unit.tasks,
    nextAt: unit.nextAt,
  };
}

/** Before the names of a user's units stands whose they are. */
const ownerOf = ({ id }: Unit, { name }: ServiceKey): string => (name.endsWith(id) ? name.slice(0, -id.length) : "");

function runStateOf(unit: Unit): RunState {
  if (unit.subState === "auto-restart" || unit.subState === "auto-restart-queued") return "backing-off";
  return STATES[unit.activeState] ?? "unknown";
}

/** Whether systemd gave up because it had started the unit too often; a reset lets it be started again. */
export function isStartLimitHit(unit: Unit): boolean {
  if (unit.activeState !== "failed") return false;
  if (unit.result === "start-limit-hit") return true;
  // After restarts of its own systemd keeps the last run's result and says the limit nowhere.
  const { startLimit, restart, restarts } = unit;
  return startLimit !== null && restart !== "no" && restart !== "" && (restarts ?? 0) >= startLimit.burst;
}

function healthOf(unit: Unit, state: RunState): { readonly health: Health; readonly healthDetail: string } {
  const how = exitText(unit.lastExit);
  switch (state) {
    case "running":
      return {
        health: "healthy",
        healthDetail: unit.needsDaemonReload
          ? "its unit file changed on disk: systemctl daemon-reload"
          : boundedText(unit.statusText, DESCRIPTION_CHARACTERS_MAX),
      };
    case "failed":
      return {
        health: "unhealthy",
        healthDetail: isStartLimitHit(unit)
          ? `${how === "" ? "" : `${how}; `}started too often: systemctl reset-failed lets it start again`
          : how || "it failed",
      };
    case "backing-off":
      return {
        health: "unhealthy",
        healthDetail: word(`${how || "it ended"}; systemd starts it again ${unit.restartPause} later`),
      };
    case "starting":
    case "stopping":
    case "stopped":
    case "paused":
    case "unknown":
      // What cannot be loaded is broken, whatever it was before.
      if (unit.loadState === "bad-setting" || unit.loadState === "error") {
        return { health: "unhealthy", healthDetail: boundedText(unit.loadError, DESCRIPTION_CHARACTERS_MAX) };
      }
      return { health: "unknown", healthDetail: "" };
  }
}

function restartPolicyOf({ restart, restartPause, startLimit }: Unit): string | null {
  if (restart === "" || restart === "no") return null;
  const limit = startLimit === null ? "" : `, at most ${startLimit.burst} in ${startLimit.interval}`;
  return word(`systemd: ${restart} after ${restartPause}${limit}`);
}

/** Ports that a socket unit listens on: `127.0.0.1:22 (Stream)`, `[::]:53 (Datagram)`; paths have none. */
function portsOf({ listens }: Unit): readonly number[] {
  const ports = listens.flatMap((listen) => {
    const port = Number(/^[^/].*:(\d{1,5}) \((?:Stream|Datagram)\)$/.exec(listen)?.[1]);
    return port > 0 && port < 65_536 ? [port] : [];
  });
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

function verbsOf(unit: Unit, state: RunState): readonly Verb[] {
  const verbs: Verb[] = [];
  if (unit.canStart) verbs.push("start");
  if (unit.canStop) verbs.push("stop");
  if (unit.canStart && unit.canStop) verbs.push("restart");
  if (unit.canReload && state === "running") verbs.push("reload");
  if (SWITCHABLE.has(unit.fileState)) verbs.push("enable", "disable");
  if (state === "failed" || (unit.restarts ?? 0) > 0) verbs.push("reset");
  return verbs;
}

const LISTED_KINDS = new Set(["service", "timer", "socket", "path"]);
/** Where an administrator's own units lie, as against those that packages bring. */
const isOwnFile = (path: string): boolean =>
  /^\/etc\/systemd\/(?:system|user)\/|\/\.config\/systemd\/user\//.test(path);

/**
 * Whether operators want to see a unit: what runs, what failed, what shall start with the machine, what they wrote
 * themselves, and what ran since boot. Not the dozens that a distribution ships and nothing ever started.
 */
export function isListed(unit: Unit): boolean {
  const kind = unitKindOf(unit.id);
  if (kind === undefined || unit.loadState === "not-found" || unit.loadState === "") return false;
  if (unit.activeState === "failed") return kind !== "target";
  if (!LISTED_KINDS.has(kind)) return false;
  if (unit.activeState !== "inactive") return true;
  if (unit.loadState === "masked") return false;
  return (
    unit.fileState.startsWith("enabled") || unit.hasRun || isOwnFile(unit.fragmentPath) || unit.triggeredBy.length > 0
  );
}
