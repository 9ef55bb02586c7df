import { readFileSync, realpathSync } from "node:fs";
import { ERRORS, MusterError, isMusterError } from "@muster/core";
import type { Logger } from "@muster/core";
import { explainPolicy } from "@muster/host";
import { createLogger, readPrivateFile, sha256, systemClock } from "@muster/node-kit";
import { fingerprintWords } from "@muster/protocol";
import { AGENT_SETTINGS, DEFAULT_LISTEN, readAgentConfig } from "./config.ts";
import type { AgentConfig, AgentSetting, AgentSettings } from "./config.ts";
import { examineAgent } from "./doctor/examine-agent.ts";
import { loadIdentity, loadKey } from "./identity/identity.ts";
import { DEFAULT_USER, agentFileOf } from "./install/install-agent.ts";
import { INSTALL_SWITCHES, grant, install, uninstall } from "./install/install-commands.ts";
import { joinHub } from "./join.ts";
import { readPolicy } from "./policy/read-policy.ts";
import { runAgent } from "./run-agent.ts";
import { unitText } from "./unit.ts";
import { AGENT_VERSION } from "./version.ts";

/** The process that the entry runs in: a real one in `main.ts`, the command line's own in `muster agent`. */
export interface EntryStreams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** All of standard input, for the join token. */
  readonly readInput: () => Promise<string>;
  /** Aborts when the process is asked to end. */
  readonly stopping: AbortSignal;
}

const USAGE = `usage: muster agent COMMAND [options]

  run                     collect and report to the hub
  join [ADDRESS]          make this machine known to a hub; the token comes from standard input
                          without an address: wait at --listen for the hub to dial
       --name NAME        its name in the panel (the host name)
       --token-file FILE  read the token from this private file
       --again            leave the hub it belongs to
  serve                   wait for the hub to dial: joins first where that is not done (as join), then runs
  doctor [--json]         look for what is wrong, and compare with free, df and /proc
  policy [--json]         what this server lets its hub do
  fingerprint             six words of this agent's key, as the panel shows them
  install [--user USER]   make it a hardened service of its own user (muster-agent), with the rights its policy needs
  uninstall [--purge]     undo that; --purge also removes identity, spool and user
  grant                   give the agent's user the rights that the policy needs, and take away all others
       --print            show the files instead
       --remove           take all rights away
       --allow-docker     also the Docker socket, which is root by another name
       --allow-kill       also signals to every process
  unit [--user USER]      text of that unit
  version

options of all, each also as an environment variable:
${Object.entries(AGENT_SETTINGS)
  .map(([name, meaning]) => `  --${flagOf(name as AgentSetting).padEnd(14)} ${name}: ${meaning}`)
  .join("\n")}
`;

/** Runs one command of the agent and returns the exit code. Nothing is thrown: what fails is told in one sentence. */
export async function agentEntry(argv: readonly string[], streams: EntryStreams): Promise<number> {
  // Timers of the system clock do not keep a process alive, and while the hub is away there is no socket either.
  const anchor = new MessageChannel();
  anchor.port1.ref();
  try {
    return await dispatch(argv, streams);
  } catch (error) {
    if (!isMusterError(error)) {
      streams.error(`muster agent: ${error instanceof Error ? error.message : String(error)}\n`);
      return ERRORS.INTERNAL.exit;
    }
    streams.error(`muster agent: ${error.message}\n`);
    return ERRORS[error.code].exit;
  } finally {
    anchor.port1.close();
  }
}

async function dispatch(argv: readonly string[], streams: EntryStreams): Promise<number> {
  const [command = "help", ...rest] = argv;
  if (command === "version" || command === "--version") return (streams.out(`${AGENT_VERSION}\n`), 0);
  if (command === "help" || command === "--help" || rest.includes("--help")) return (streams.out(USAGE), 0);
  const { flags, words } = parseArguments(rest);
  const config = configOf(flags, streams.environment);
  switch (command) {
    case "run":
      return run(config, flags, streams);
    case "join":
      return join(config, words, flags, streams);
    case "serve":
      return serve({ listen: DEFAULT_LISTEN, ...config }, words, flags, streams);
    case "doctor":
      return doctor(config, flags, streams);
    case "policy": {
      const loaded = await readPolicy({ path: config.policyPath });
      streams.out(
        flags.has("json") ? `${JSON.stringify(loaded, null, 2)}\n` : explainPolicy(loaded, config.policyPath),
      );
      return loaded.source === "broken" ? ERRORS.CONFIG_INVALID.exit : 0;
    }
    case "fingerprint":
      streams.out(`${fingerprintWords(sha256(loadKey(config.stateDirectory).publicDer))}\n`);
      return 0;
    case "install":
    case "uninstall":
    case "grant": {
      const say = (line: string): void => streams.out(`${line}\n`);
      const options = { config, flags, say, runningFile: process.argv[1] ?? "" };
      return command === "install" ? install(options) : command === "grant" ? grant(options) : uninstall(options);
    }
    case "unit": {
      const user = flags.get("user") ?? DEFAULT_USER;
      const node = realpathSync(process.execPath);
      streams.out(unitText({ config, user, program: agentFileOf(process.argv[1] ?? ""), node }));
      return 0;
    }
    default:
      throw new MusterError("BAD_REQUEST", { message: `there is no command "${command}"; --help lists them` });
  }
}

async function run(config: AgentConfig, flags: Flags, streams: EntryStreams): Promise<number> {
  const log = loggerOf(flags, streams);
  const agent = await runAgent(config, { log });
  log.info("the agent runs", { version: AGENT_VERSION, intervalMs: config.intervalMs, state: config.stateDirectory });
  const stopped = new Promise<"stopped">((resolve) => {
    const stop = (): void => resolve("stopped");
    if (streams.stopping.aborted) stop();
    streams.stopping.addEventListener("abort", stop, { once: true });
  });
  const why = await Promise.race([agent.ended, stopped]);
  await agent.stop();
  log.info("the agent has stopped", { why });
  return why === "stopped" ? 0 : ERRORS.REVOKED.exit;
}

async function serve(
  config: AgentConfig,
  words: readonly string[],
  flags: Flags,
  streams: EntryStreams,
): Promise<number> {
  try {
    if (loadIdentity(config.stateDirectory) === undefined) await join(config, words, flags, streams);
  } catch (error) {
    // The hub may dial days later; to be ended meanwhile is nothing wrong.
    if (streams.stopping.aborted) return 0;
    throw error;
  }
  return run(config, flags, streams);
}

async function join(
  config: AgentConfig,
  words: readonly string[],
  flags: Flags,
  streams: EntryStreams,
): Promise<number> {
  const [hub = config.listen, ...more] = words;
  if (hub === undefined || more.length > 0)
    throw new MusterError("BAD_REQUEST", {
      message: "say the address of the hub: muster agent join wss://hub.example; or --listen, where it dials",
    });
  const file = flags.get("token-file");
  const token = file === undefined ? await streams.readInput() : Buffer.from(readPrivateFile(file)).toString("utf8");
  const joined = await joinHub(
    {
      hub,
      token: token.trim(),
      name: flags.get("name"),
      stateDirectory: config.stateDirectory,
      again: flags.has("again"),
    },
    { signal: streams.stopping, log: loggerOf(flags, streams) },
  );
  const { identity, state, fingerprint } = joined;
  streams.out(`Joined as "${identity.name}". Key: ${fingerprint}\n`);
  if (state === "pending")
    streams.out("An administrator has to accept it in the panel; compare the six words there with those above.\n");
  return 0;
}

async function doctor(config: AgentConfig, flags: Flags, streams: EntryStreams): Promise<number> {
  const report = await examineAgent(config);
  const hasProblem = report.findings.some((finding) => finding.level === "problem");
  if (flags.has("json")) {
    streams.out(`${JSON.stringify(report, null, 2)}\n`);
    return hasProblem ? 1 : 0;
  }
  for (const { level, what, todo } of report.findings) {
    streams.out(`${level.padEnd(8)} ${what}\n${todo === undefined ? "" : `         → ${todo}\n`}`);
  }
  const counts = Map.groupBy(report.readings, (reading) => reading.verdict);
  const told = [...counts].map(([verdict, readings]) => `${readings.length} ${verdict}`).join(", ");
  streams.out(`compared ${report.readings.length} numbers with this machine's own tools: ${told}\n`);
  return hasProblem ? 1 : 0;
}

type Flags = ReadonlyMap<string, string>;
const SWITCHES = ["json", "again", ...INSTALL_SWITCHES];
const VALUES = ["name", "token-file", "user", "log-level", "log-format"];

function parseArguments(argv: readonly string[]): { readonly flags: Flags; readonly words: readonly string[] } {
  const flags = new Map<string, string>();
  const words: string[] = [];
  const settings = Object.keys(AGENT_SETTINGS).map((name) => flagOf(name as AgentSetting));
  for (let index = 0; index < argv.length; index++) {
    const text = argv[index]!;
    if (!text.startsWith("--")) {
      words.push(text);
      continue;
    }
    const [, name = "", given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(text) ?? [];
    if (SWITCHES.includes(name) && given === undefined) {
      flags.set(name, "true");
      continue;
    }
    if (!VALUES.includes(name) && !settings.includes(name))
      throw new MusterError("BAD_REQUEST", { message: `there is no option ${text.split("=")[0]!}; --help lists them` });
    const value = given ?? argv[++index];
    if (value === undefined) throw new MusterError("BAD_REQUEST", { message: `--${name} needs a value` });
    flags.set(name, value);
  }
  return { flags, words };
}

/** `MUSTER_AGENT_SPOOL_BYTES` is `--spool-bytes`. */
function flagOf(setting: AgentSetting): string {
  return setting.slice("MUSTER_AGENT_".length).toLowerCase().replaceAll("_", "-");
}

function configOf(flags: Flags, environment: EntryStreams["environment"]): AgentConfig {
  const settings: AgentSettings = {};
  for (const name of Object.keys(AGENT_SETTINGS) as AgentSetting[]) {
    settings[name] = flags.get(flagOf(name)) ?? environment[name];
  }
  const read = readAgentConfig(settings);
  if (read.ok) return read.config;
  throw new MusterError("CONFIG_INVALID", { message: `The settings are not valid: ${read.problems.join("; ")}.` });
}

function loggerOf(flags: Flags, streams: EntryStreams): Logger {
  const level = flags.get("log-level") ?? streams.environment["MUSTER_LOG_LEVEL"] ?? "info";
  const format = flags.get("log-format") ?? streams.environment["MUSTER_LOG_FORMAT"] ?? "text";
  if (level !== "debug" && level !== "info" && level !== "warn" && level !== "error")
    throw new MusterError("CONFIG_INVALID", { message: "the log level is debug, info, warn or error" });
  return createLogger({ level, format: format === "json" ? "json" : "text" }, systemClock, streams.error);
}

/** All of standard input at once. For a terminal it says what is waited for. */
export function readStandardInput(tell: (text: string) => void): Promise<string> {
  if (process.stdin.isTTY) tell("Paste the join token, then press Enter and Ctrl-D:\n");
  return Promise.resolve(readFileSync(0, "utf8"));
}
