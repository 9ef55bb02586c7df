import { createHash } from "node:crypto";
import type { AgentCargo } from "../deploy/agent-cargo.ts";
import { installerScript } from "./installer-script.ts";
import type { Download } from "./plain-routes.ts";

export interface AgentDownloadConfig {
  /** What servers get; undefined when the agent's program was not built. */
  readonly cargo: AgentCargo | undefined;
  readonly url: () => string;
  readonly isSelfMadeTls: boolean;
}

/** What a machine fetches that wants to join: an installer, the agent, and a Node runtime for machines without one. */
export function agentDownloads(config: AgentDownloadConfig): ReadonlyMap<string, Download> {
  if (config.cargo === undefined) return new Map();
  const { program, runtime } = config.cargo;
  const script = (): string =>
    installerScript({
      url: config.url(),
      isSelfMadeTls: config.isSelfMadeTls,
      agentSha256: program.sha256(),
      runtimeSha256: runtime.sha256(),
      runtimeArchitecture: runtime.machine,
    });
  return new Map<string, Download>([
    ["/agent/install.sh", { type: "text/x-shellscript; charset=utf-8", open: script }],
    ["/agent/agent.mjs", { type: "text/javascript; charset=utf-8", length: program.bytes, open: () => program.open() }],
    [
      "/agent/node",
      {
        type: "application/octet-stream",
        length: runtime.bytes,
        open: () => runtime.open(),
      },
    ],
  ]);
}

/**
 * The one line to paste on a new server. The installer's hash is in the line, so what is run is what this hub wrote,
 * whoever carries it; the token goes in by a pipe and so stands in no process list.
 */
export function joinCommand(join: {
  readonly token: string;
  readonly name: string | null;
  readonly url: string;
  readonly isSelfMadeTls: boolean;
  readonly installer: Download | undefined;
}): string {
  const name = join.name === null ? "" : ` --name '${join.name}'`;
  if (!join.installer) return `printf %s '${join.token}' | muster agent join ${join.url}${name}`;
  const hash = createHash("sha256")
    .update(join.installer.open() as string)
    .digest("hex");
  const curl = `curl -fsSL${join.isSelfMadeTls ? "k" : ""}`;
  return `${curl} ${join.url}/agent/install.sh -o muster-agent.sh && echo '${hash}  muster-agent.sh' | sha256sum -c --quiet && printf %s '${join.token}' | $(command -v sudo) sh muster-agent.sh${name}`;
}
