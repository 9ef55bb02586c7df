import { join } from "node:path";
import { parseHostPort } from "@muster/node-kit";
import type { EgressTarget } from "@muster/node-kit";
import { DEFAULT_INTERVAL_MS } from "@muster/protocol";

/** What the owner of a server can set; flags win over the environment. */
export interface AgentConfig {
  /** Directory of the agent alone, mode 0700: key, identity, spool, journal. */
  readonly stateDirectory: string;
  readonly policyPath: string;
  /** The owner's own definitions: what the agent runs, looks for and checks. */
  readonly servicesPath: string;
  /** How often a round is collected, unless the hub asks for another interval. */
  readonly intervalMs: number;
  readonly mounts: "auto" | readonly string[];
  /** Where the machine's own root is mounted when the agent runs in a container, else "/". */
  readonly hostRoot: string;
  /** Whether the machine's public address is among its facts. */
  readonly isExternalAddressTold: boolean;
  readonly spoolBytesMax: number;
  /** Where it waits for the hub to dial, instead of dialling itself. */
  readonly listen?: ListenConfig;
}

export interface ListenConfig extends EgressTarget {
  /** Absolute paths of a certificate and its key, PEM. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export const DEFAULT_STATE_DIRECTORY = "/var/lib/muster-agent";
export const DEFAULT_POLICY_PATH = "/etc/muster/policy.yaml";
export const DEFAULT_SERVICES_PATH = "/etc/muster/services.yaml";
export const DEFAULT_SPOOL_BYTES_MAX = 256 * 1024 * 1024;
/** On this machine only: for a tunnel. */
export const DEFAULT_LISTEN: ListenConfig = { host: "127.0.0.1", port: 8766 };
export const INTERVAL_MS_MIN = 500;
export const INTERVAL_MS_MAX = 3_600_000;

/** Names of the environment's settings with what they mean; the same names, in dashes, are flags of `muster agent run`. */
export const AGENT_SETTINGS = {
  MUSTER_AGENT_STATE: `directory of key, identity, spool and journal (${DEFAULT_STATE_DIRECTORY})`,
  MUSTER_AGENT_POLICY: `file that says what this server lets its hub do (${DEFAULT_POLICY_PATH})`,
  MUSTER_AGENT_SERVICES: `file of the services that the agent runs and checks (${DEFAULT_SERVICES_PATH})`,
  MUSTER_AGENT_INTERVAL_MS: `time between two readings (${DEFAULT_INTERVAL_MS})`,
  MUSTER_AGENT_MOUNTS: "auto, or mount points separated by commas (auto)",
  MUSTER_AGENT_HOST_ROOT: "where the machine's root is mounted in the agent's container (/)",
  MUSTER_AGENT_EXTERNAL_ADDRESS: "yes: tell the public address under which the hub sees this machine (no)",
  MUSTER_AGENT_SPOOL_BYTES: `most bytes of samples kept on disk while the hub is away (${DEFAULT_SPOOL_BYTES_MAX})`,
  MUSTER_AGENT_LISTEN: "host:port, or a port of 127.0.0.1, where the hub dials this agent (it dials the hub)",
  MUSTER_AGENT_TLS_CERT: "certificate, PEM, to listen with by TLS",
  MUSTER_AGENT_TLS_KEY: "its key",
} as const;
export type AgentSetting = keyof typeof AGENT_SETTINGS;
export type AgentSettings = Partial<Record<AgentSetting, string | undefined>>;

export type ReadAgentConfig =
  | { readonly ok: true; readonly config: AgentConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Settings as text, from environment or flags, to a configuration; every problem is reported, not the first. */
export function readAgentConfig(settings: AgentSettings): ReadAgentConfig {
  const problems: string[] = [];
  const text = (name: AgentSetting, otherwise: string): string => settings[name] || otherwise;
  const path = (name: AgentSetting, otherwise: string): string => {
    const value = text(name, otherwise);
    if (!value.startsWith("/")) problems.push(`${name}: must be an absolute path`);
    return value;
  };
  const isYes = (name: AgentSetting): boolean => {
    const value = text(name, "no");
    if (value !== "yes" && value !== "no") problems.push(`${name}: must be yes or no`);
    return value === "yes";
  };
  const number = (name: AgentSetting, otherwise: number, min: number, max: number): number => {
    const value = text(name, String(otherwise));
    const parsed = /^[0-9]{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (!(parsed >= min && parsed <= max)) problems.push(`${name}: must be a whole number from ${min} to ${max}`);
    return parsed;
  };
  const listen = (): ListenConfig | undefined => {
    const [value, certFile, keyFile] = [
      text("MUSTER_AGENT_LISTEN", ""),
      settings.MUSTER_AGENT_TLS_CERT && path("MUSTER_AGENT_TLS_CERT", ""),
      settings.MUSTER_AGENT_TLS_KEY && path("MUSTER_AGENT_TLS_KEY", ""),
    ];
    if (!certFile !== !keyFile) problems.push("MUSTER_AGENT_TLS_CERT: certificate and key go together");
    if (value === "") {
      if (certFile) problems.push("MUSTER_AGENT_TLS_CERT: is for MUSTER_AGENT_LISTEN, which is not set");
      return undefined;
    }
    const target = parseHostPort(/^[0-9]+$/.test(value) ? `${DEFAULT_LISTEN.host}:${value}` : value);
    if (target === undefined) problems.push("MUSTER_AGENT_LISTEN: must be host:port, or a port");
    return target && { ...target, ...(certFile && keyFile && { tls: { certFile, keyFile } }) };
  };
  const mounts = text("MUSTER_AGENT_MOUNTS", "auto");
  const mountList = mounts.split(",").map((mount) => mount.trim());
  if (mounts !== "auto" && !mountList.every((mount) => mount.startsWith("/")))
    problems.push("MUSTER_AGENT_MOUNTS: must be auto or absolute paths separated by commas");
  const config: AgentConfig = {
    stateDirectory: path("MUSTER_AGENT_STATE", DEFAULT_STATE_DIRECTORY),
    policyPath: path("MUSTER_AGENT_POLICY", DEFAULT_POLICY_PATH),
    servicesPath: path("MUSTER_AGENT_SERVICES", DEFAULT_SERVICES_PATH),
    intervalMs: number("MUSTER_AGENT_INTERVAL_MS", DEFAULT_INTERVAL_MS, INTERVAL_MS_MIN, INTERVAL_MS_MAX),
    mounts: mounts === "auto" ? "auto" : mountList,
    hostRoot: path("MUSTER_AGENT_HOST_ROOT", "/"),
    isExternalAddressTold: isYes("MUSTER_AGENT_EXTERNAL_ADDRESS"),
    spoolBytesMax: number("MUSTER_AGENT_SPOOL_BYTES", DEFAULT_SPOOL_BYTES_MAX, 1_000_000, 1e12),
  };
  const listening = listen();
  return problems.length === 0
    ? { ok: true, config: { ...config, ...(listening && { listen: listening }) } }
    : { ok: false, problems };
}

/** Where each part of the state lies. */
export const statePaths = (stateDirectory: string) => ({
  key: join(stateDirectory, "agent.key"),
  identity: join(stateDirectory, "identity.json"),
  sequence: join(stateDirectory, "sequence"),
  spool: join(stateDirectory, "spool"),
  journal: join(stateDirectory, "journal"),
  ledger: join(stateDirectory, "ledger.jsonl"),
  rings: join(stateDirectory, "log-rings"),
});
