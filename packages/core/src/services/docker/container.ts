import { boundedText } from "../../linux/text.ts";
import type { Instant } from "../../time.ts";
import { exitText } from "../exit-text.ts";
import type { Exit, Health, RunState, ServiceStatus, Verb } from "../service.ts";
import { bareStatus } from "../service.ts";
import { signalName } from "../signal-names.ts";
import { isContainerId, isContainerName } from "./container-name.ts";
import { fieldsIn, numberIn, textIn } from "./json.ts";
import type { Fields } from "./json.ts";

/** One container with the id under which it is spoken of. */
export interface Container {
  readonly id: string;
  readonly status: ServiceStatus;
  /** Whether it has a health check, and that has not said anything yet. */
  readonly check: "none" | "starting" | "told";
  /** With a terminal both of its outputs are one. */
  readonly hasTerminal: boolean;
}

const TEXT_CHARACTERS_MAX = 256;
const STATES: Readonly<Record<string, RunState>> = {
  running: "running",
  paused: "paused",
  restarting: "backing-off",
  removing: "stopping",
  stopping: "stopping",
  dead: "failed",
  // podman
  configured: "stopped",
  initialized: "stopped",
};
const COMPOSE_PROJECT = "com.docker.compose.project";
const COMPOSE_SERVICE = "com.docker.compose.service";
/** `db:service_healthy:false,cache:service_started:true`: service, condition, whether it is restarted with it. */
const COMPOSE_NEEDS = "com.docker.compose.depends_on";
const NEEDS_MAX = 64;

/** A container from the answer to `/containers/ID/json`; undefined when that is something else. */
export function parseContainer(answer: unknown): Container | undefined {
  const fields = fieldsIn(answer);
  const id = textIn(fields["Id"]);
  const name = textIn(fields["Name"]).replace(/^\//, "");
  if (!isContainerId(id) || !isContainerName(name)) return undefined;
  const state = fieldsIn(fields["State"]);
  const host = fieldsIn(fields["HostConfig"]);
  const config = fieldsIn(fields["Config"]);
  const labels = fieldsIn(config["Labels"]);
  const policy = fieldsIn(host["RestartPolicy"]);
  const policyName = textIn(policy["Name"]) || "no";
  const lastExit = lastExitOf(state);
  const runState = runStateOf(state, lastExit);
  const isUp = runState === "running" || runState === "paused";
  const startedAt = instantOf(state["StartedAt"]);
  const health = fieldsIn(state["Health"]);
  const rawState = textIn(state["Status"]);
  return {
    id,
    check: checkOf(health),
    hasTerminal: config["Tty"] === true,
    status: {
      ...bareStatus({ driver: "container", name }),
      description: boundedText(textIn(config["Image"]), TEXT_CHARACTERS_MAX),
      state: runState,
      rawState:
        runState === "failed" || rawState === "exited" ? `${rawState} (${exitText(lastExit) || "exit 0"})` : rawState,
      since: (isUp ? startedAt : instantOf(state["FinishedAt"])) ?? instantOf(fields["Created"]) ?? null,
      ...healthOf(runState, health, lastExit),
      run: startedAt === undefined ? null : `${id}/${textIn(state["StartedAt"])}`,
      pid: numberIn(state["Pid"]) || null,
      restarts: numberIn(fields["RestartCount"]),
      lastExit,
      enabled: policyName,
      restartPolicy: policyName === "no" ? null : `docker: ${policyName}${attemptsOf(policy)}`,
      ports: portsOf(fields, host),
      group: boundedText(textIn(labels[COMPOSE_PROJECT]), TEXT_CHARACTERS_MAX),
      ...composeNeeds(labels),
      verbs: verbsOf(runState),
    },
  };
}

/** What compose has written on a container: what its service is called, and which services it needs. */
function composeNeeds(labels: Fields): Pick<ServiceStatus, "needs" | "alias"> {
  const alias = boundedText(textIn(labels[COMPOSE_SERVICE]), TEXT_CHARACTERS_MAX);
  const needs = textIn(labels[COMPOSE_NEEDS])
    .split(",")
    .map((need) => boundedText(need.split(":")[0]!.trim(), TEXT_CHARACTERS_MAX))
    .filter(Boolean)
    .slice(0, NEEDS_MAX);
  return { ...(alias !== "" && { alias }), ...(needs.length > 0 && { needs }) };
}

function runStateOf(state: Fields, lastExit: Exit | null): RunState {
  const word = textIn(state["Status"]);
  // One that could not be started stays `created`, with the reason.
  if (word === "exited" || word === "stopped" || word === "created")
    return isFailure(state, lastExit) ? "failed" : "stopped";
  return STATES[word] ?? "unknown";
}

/**
 * The engine does not say who ended a container. The codes of a stop that was asked for (SIGTERM, SIGINT, and SIGKILL
 * after the grace) are no failure; SIGKILL by the kernel for want of memory is one.
 */
function isFailure(state: Fields, lastExit: Exit | null): boolean {
  if (state["OOMKilled"] === true || textIn(state["Error"]) !== "") return true;
  return lastExit !== null && lastExit.code !== 0 && ![130, 137, 143].includes(lastExit.code ?? 0);
}

function lastExitOf(state: Fields): Exit | null {
  if (instantOf(state["FinishedAt"]) === undefined && textIn(state["Error"]) === "") return null;
  const code = numberIn(state["ExitCode"]);
  // While it runs again the engine has put 0 in the place of how the last run ended.
  if (code === null || (state["Running"] === true && code === 0)) return null;
  const isOutOfMemory = state["OOMKilled"] === true;
  const detail = isOutOfMemory ? "out of memory" : boundedText(textIn(state["Error"]), TEXT_CHARACTERS_MAX);
  return { code, signal: null, detail: detail || (code > 128 && code < 160 ? signalName(code - 128) : "") };
}

function checkOf(health: Fields): Container["check"] {
  const word = textIn(health["Status"]);
  if (word === "" || word === "none") return "none";
  return word === "starting" ? "starting" : "told";
}

function healthOf(
  runState: RunState,
  health: Fields,
  lastExit: Exit | null,
): { readonly health: Health; readonly healthDetail: string } {
  switch (runState) {
    case "failed":
      return { health: "unhealthy", healthDetail: exitText(lastExit) || "it failed" };
    case "backing-off":
      return { health: "unhealthy", healthDetail: `${exitText(lastExit) || "it ended"}; Docker starts it again` };
    case "running": {
      const word = textIn(health["Status"]);
      if (word === "healthy" || word === "" || word === "none") return { health: "healthy", healthDetail: "" };
      const newest = Array.isArray(health["Log"]) ? fieldsIn((health["Log"] as readonly unknown[]).at(-1)) : {};
      const said = boundedText(textIn(newest["Output"]), TEXT_CHARACTERS_MAX);
      if (word === "starting") return { health: "unknown", healthDetail: "its check has not said yet" };
      const streak = numberIn(health["FailingStreak"]) ?? 0;
      const failing = `its check failed ${streak} times${said === "" ? "" : `: ${said}`}`;
      return word === "unhealthy"
        ? { health: "unhealthy", healthDetail: failing }
        : { health: "unknown", healthDetail: `its check says "${boundedText(word, 32)}"` };
    }
    case "paused":
      return { health: "degraded", healthDetail: "it is paused" };
    case "starting":
    case "stopping":
    case "stopped":
    case "unknown":
      return { health: "unknown", healthDetail: "" };
  }
}

/** The engine writes year 1 for "never". */
function instantOf(value: unknown): Instant | undefined {
  const at = Date.parse(textIn(value));
  return Number.isNaN(at) || at <= 0 ? undefined : at;
}

function attemptsOf(policy: Fields): string {
  const attempts = numberIn(policy["MaximumRetryCount"]) ?? 0;
  return attempts > 0 ? `, at most ${attempts} times` : "";
}

/** Ports of the machine that lead to it; with the machine's own network, those that its image names. */
function portsOf(fields: Fields, host: Fields): readonly number[] {
  const settings = fieldsIn(fields["NetworkSettings"]);
  const found = new Set<number>();
  const add = (text: unknown): void => {
    const port = Number(/^\d{1,5}$/.exec(textIn(text))?.[0]);
    if (port > 0 && port < 65_536) found.add(port);
  };
  // Those that are published now; of one that is stopped, those that will be.
  for (const bindings of [settings["Ports"], host["PortBindings"]]) {
    for (const published of Object.values(fieldsIn(bindings))) {
      if (!Array.isArray(published)) continue;
      for (const binding of published as readonly unknown[]) add(fieldsIn(binding)["HostPort"]);
    }
  }
  if (textIn(host["NetworkMode"]) === "host") {
    for (const exposed of Object.keys(fieldsIn(fieldsIn(fields["Config"])["ExposedPorts"]))) add(exposed.split("/")[0]);
  }
  return [...found].toSorted((a, b) => a - b);
}

function verbsOf(state: RunState): readonly Verb[] {
  switch (state) {
    case "running":
      return ["stop", "restart", "pause", "kill"];
    case "paused":
      return ["stop", "restart", "unpause", "kill"];
    case "backing-off":
      return ["stop", "restart", "kill"];
    case "stopped":
    case "failed":
      return ["start", "restart"];
    case "starting":
    case "stopping":
    case "unknown":
      return ["start", "stop", "restart"];
  }
}
