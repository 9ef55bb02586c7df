import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import { installerScript } from "./installer-script.ts";
import type { Download } from "./plain-routes.ts";

export interface AgentDownloadConfig {
  /** The agent as one file; undefined when it was not built. */
  readonly bundlePath: string | undefined;
  readonly url: () => string;
  readonly isSelfMadeTls: boolean;
}

/** What a machine fetches that wants to join: an installer, the agent, and a Node runtime for machines without one. */
export function agentDownloads(config: AgentDownloadConfig): ReadonlyMap<string, Download> {
  const { bundlePath } = config;
  if (bundlePath === undefined) return new Map();
  const bundle = readFileSync(bundlePath);
  const runtimePath = process.execPath;
  let runtimeSha256: string | undefined;
  const script = (): string => {
    // Hashing a hundred megabytes takes a moment, so it waits until somebody really joins a server.
    runtimeSha256 ??= createHash("sha256").update(readFileSync(runtimePath)).digest("hex");
    return installerScript({
      url: config.url(),
      isSelfMadeTls: config.isSelfMadeTls,
      agentSha256: createHash("sha256").update(bundle).digest("hex"),
      runtimeSha256,
      runtimeArchitecture: process.arch === "arm64" ? "aarch64" : "x86_64",
    });
  };
  return new Map<string, Download>([
    ["/agent/install.sh", { type: "text/x-shellscript; charset=utf-8", open: script }],
    ["/agent/agent.mjs", { type: "text/javascript; charset=utf-8", length: bundle.length, open: () => bundle }],
    [
      "/agent/node",
      {
        type: "application/octet-stream",
        length: statSync(runtimePath).size,
        open: () => createReadStream(runtimePath),
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
