import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { ServiceDefinition } from "@muster/core";
import { readRunProcess } from "./processes-of-run.ts";

/** Programs that hand the work to a supervisor of their own and end: what they start is not ours to keep. */
const ASKS_ANOTHER = new Set(
  "systemctl service systemd-run initctl rc-service supervisorctl sv s6-svc s6-rc pm2 monit launchctl".split(" "),
);
/** Programs whose children are started again when they end. */
const KEEPS_CHILDREN = new Set(
  "supervisord runsv s6-supervise supervise monit circusd daemontools god bluepill containerd-shim conmon".split(" "),
);
const ENGINES = new Set(["docker", "podman", "nerdctl"]);
const ANCESTORS_MAX = 32;

/**
 * Why a definition must not be started here, because something else keeps it running already; undefined when nothing
 * does. Looks at the command itself, and for a process of the same command, directory and another supervisor.
 */
export function foreignSupervisor(
  definition: ServiceDefinition,
  ownUnit: string | undefined = unitOf("self"),
): string | undefined {
  const { command, directory } = definition;
  const program = basename(command[0] ?? "");
  if (ASKS_ANOTHER.has(program)) return `${program} hands it to a supervisor of its own; act on that service instead`;
  const detached = ["start", "-d", "--detach"].find((word) => command.includes(word));
  if (ENGINES.has(program) && (detached !== undefined || command.some((word) => /^--restart=(?!no$)/.test(word))))
    return `${program} keeps this container by itself; act on the container instead`;
  // Where the same words mean another thing in another directory, it has to be the same.
  const isRelative = command.slice(1).some((word) => !word.startsWith("/") && !word.startsWith("-"));
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || !isCommand(commandLineOf(pid), command)) continue;
    if (isRelative && directoryOf(pid) !== directory) continue;
    const keeper = keeperOf(pid, ownUnit);
    if (keeper !== undefined) return `the same command runs as pid ${pid} already, kept by ${keeper}`;
  }
  return undefined;
}

/** As executed; behind the interpreter of a script; or as a title that a daemon gives itself, such as nginx. */
function isCommand(commandLine: string | undefined, command: readonly string[]): boolean {
  if (commandLine === undefined || commandLine === "") return false;
  const [exact, asTitle] = ["\0", " "].map((between) => command.join(between));
  return (
    commandLine === exact ||
    commandLine.endsWith(`\0${exact}`) ||
    commandLine.trimEnd().endsWith(`: master process ${asTitle}`)
  );
}

function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0$/, "");
  } catch {
    return undefined;
  }
}

function directoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** The unit or container that a process belongs to, when it is not ours, or the supervisor among its ancestors. */
function keeperOf(pid: number, ownUnit: string | undefined): string | undefined {
  const unit = unitOf(pid);
  if (unit !== undefined && unit !== ownUnit) return unit;
  for (let at = pid, steps = 0; at > 1 && steps < ANCESTORS_MAX; steps++) {
    const parentPid = readRunProcess(at)?.parentPid ?? 0;
    if (parentPid === process.pid) return undefined;
    const program = nameOf(parentPid);
    if (KEEPS_CHILDREN.has(program)) return `${program} (pid ${parentPid})`;
    at = parentPid;
  }
  return undefined;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "latin1").trim();
  } catch {
    return "";
  }
}

function unitOf(pid: number | "self"): string | undefined {
  try {
    return unitIn(readFileSync(`/proc/${pid}/cgroup`, "utf8"));
  } catch {
    return undefined;
  }
}

/** The unit or container that the text of /proc/PID/cgroup names, whichever version of control groups wrote it. */
export function unitIn(cgroups: string): string | undefined {
  const container = /(?:docker|libpod|containerd)[-/:]([0-9a-f]{12})[0-9a-f]{52}/.exec(cgroups)?.[1];
  if (container !== undefined) return `container ${container}`;
  const unit = [...cgroups.matchAll(/\/([^/\n]+\.service)(?=[/\n]|$)/g)].at(-1)?.[1];
  // A login's own manager keeps nothing by itself.
  return unit === undefined || /^user@\d+\.service$/.test(unit) ? undefined : `systemd (${unit})`;
}
