import { realpathSync } from "node:fs";
import type { AgentConfig } from "./config.ts";

export interface UnitRequest {
  readonly config: AgentConfig;
  readonly user: string;
  /** The agent's file. */
  readonly program: string;
}

/**
 * A systemd unit for the agent: an ordinary user who sees the machine and can change none of it but the state
 * directory. The Node path is absolute, so that nobody's PATH decides what runs.
 */
export function unitText({ config, user, program }: UnitRequest): string {
  const node = realpathSync(process.execPath);
  // A single thread for V8's own work: most of the wake-ups of an idle Node are its helpers'.
  const nodeFlags = "--single-threaded --max-semi-space-size=1";
  return `[Unit]
Description=Muster agent
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
ExecStart=${node} ${nodeFlags} ${program} run
Environment=MUSTER_AGENT_STATE=${config.stateDirectory}
Environment=MUSTER_AGENT_POLICY=${config.policyPath}
User=${user}
Group=${user}
Restart=always
RestartSec=5
# The hub revoked this agent, or the identity is unsafe: starting again does not help.
RestartPreventExitStatus=77 78
StateDirectory=muster-agent
StateDirectoryMode=0700
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
