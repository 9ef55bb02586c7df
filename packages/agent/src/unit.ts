import { MusterError } from "@muster/core";
import { targetText } from "@muster/node-kit";
import { AGENT_ENVIRONMENT, AGENT_NODE_FLAGS } from "@muster/protocol";
import type { AgentConfig } from "./config.ts";

export interface UnitRequest {
  readonly config: AgentConfig;
  readonly user: string;
  /** The agent's file. */
  readonly program: string;
  /** The Node.js that runs it, by its absolute path, so that nobody's PATH decides. */
  readonly node: string;
}

/** What a unit takes literally: no space, no percent sign, nothing that ends a line. */
const PLAIN_PATH = /^\/[A-Za-z0-9_@.+/-]+$/;
const STATE_DIRECTORY = /^\/var\/lib\/([A-Za-z0-9_.-]+)$/;

/**
 * A systemd unit for the agent: an ordinary user who sees the machine and can change none of it but the state
 * directory. Throws CONFIG_INVALID for a path that a unit would not take literally.
 */
export function unitText({ config, user, program, node }: UnitRequest): string {
  const { listen } = config;
  const tlsFiles = listen?.tls ? [listen.tls.certFile, listen.tls.keyFile] : [];
  for (const path of [config.stateDirectory, config.policyPath, config.servicesPath, program, node, ...tlsFiles])
    if (!PLAIN_PATH.test(path) || path.includes(".."))
      throw new MusterError("CONFIG_INVALID", { message: `${JSON.stringify(path)} cannot stand in a unit` });
  const [, stateName] = STATE_DIRECTORY.exec(config.stateDirectory) ?? [];
  const environment = Object.entries(AGENT_ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const listening = [
    ...(listen ? [`MUSTER_AGENT_LISTEN=${targetText(listen)}`] : []),
    ...tlsFiles.map((path, index) => `MUSTER_AGENT_TLS_${index === 0 ? "CERT" : "KEY"}=${path}`),
  ];
  return `[Unit]
Description=Muster agent
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
ExecStart=${node} ${AGENT_NODE_FLAGS.join(" ")} ${program} run
Environment=${environment.join(" ")}
Environment=MUSTER_AGENT_STATE=${config.stateDirectory}
Environment=MUSTER_AGENT_POLICY=${config.policyPath}
Environment=MUSTER_AGENT_SERVICES=${config.servicesPath}
${listening.map((line) => `Environment=${line}\n`).join("")}\
User=${user}
Restart=always
RestartSec=5
# The hub revoked this agent, or the identity is unsafe: starting again does not help.
RestartPreventExitStatus=77 78
${stateName === undefined ? `ReadWritePaths=${config.stateDirectory}` : `StateDirectory=${stateName}\nStateDirectoryMode=0700`}
UMask=0077
MemoryMax=128M
TasksMax=64
LimitCORE=0
Nice=5
OOMScoreAdjust=-100

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources @mount @swap @reboot @obsolete @debug @cpu-emulation
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}
