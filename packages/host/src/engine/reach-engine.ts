import type { ActingHost } from "../host.ts";
import { Engine } from "./engine.ts";

/** Docker's own, and that which `podman.socket` opens for root. */
const SOCKETS = ["/run/docker.sock", "/var/run/docker.sock", "/run/podman/podman.sock"] as const;

/**
 * The engine behind a socket; with `auto`, behind the first one that is there. Throws what keeps the agent from it, for
 * people.
 */
export async function reachEngine(containerSocket: string, host: ActingHost, signal: AbortSignal): Promise<Engine> {
  const sockets = containerSocket === "auto" ? SOCKETS : [containerSocket];
  let why = "";
  for (const socket of sockets) {
    const engine = new Engine(socket, host);
    try {
      await engine.api(signal);
      return engine;
    } catch (error) {
      signal.throwIfAborted();
      const code = (error as { code?: unknown }).code;
      if (code !== "ENOENT") why ||= complaint(socket, code, error);
    }
  }
  throw new Error(why || `no container engine: there is no ${sockets.join(", no ")}`);
}

function complaint(socket: string, code: unknown, error: unknown): string {
  if (code === "EACCES" || code === "EPERM") {
    return `the user muster runs as there may not open ${socket}: usermod -aG docker USER grants it, and with it all of the machine`;
  }
  if (code === "ECONNREFUSED") return `nobody answers at ${socket}: is the engine running?`;
  return `${socket}: ${error instanceof Error ? error.message : String(error)}`;
}
