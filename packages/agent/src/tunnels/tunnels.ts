import type { Socket } from "node:net";
import type { LoadedPolicy } from "@muster/core";
import { isOpened, parseTarget, targetText } from "@muster/node-kit";
import type { Egress } from "@muster/node-kit";
import { TUNNEL_LIMITS } from "@muster/protocol";
import type { TunnelItem } from "@muster/protocol";

/** What the hub says on a tunnel. */
interface Heard {
  onData: ((data: string) => void) | undefined;
}

/** Connections for the hub to what this server's policy names under `probe.tunnel`, and to nothing else (PR75, PR76). */
export class Tunnels {
  readonly #egress: Egress;
  readonly #policy: () => Promise<LoadedPolicy>;
  #openCount = 0;

  constructor(deps: { readonly egress: Egress; readonly policy: () => Promise<LoadedPolicy> }) {
    this.#egress = deps.egress;
    this.#policy = deps.policy;
  }

  /** What comes back, from whether there is a connection on. Throws where the policy refuses; ends when aborted. */
  async *open(params: unknown, heard: Heard, signal: AbortSignal): AsyncGenerator<TunnelItem, void, undefined> {
    const { host, port } = (params ?? {}) as { readonly host?: unknown; readonly port?: unknown };
    const target = typeof host === "string" && typeof port === "number" ? parseTarget(host, port) : undefined;
    if (target === undefined) throw new Error("host and port of a tunnel are not valid");
    const { policy } = await this.#policy();
    const name = targetText(target);
    if (!isOpened(target, policy.probe.tunnel))
      throw new Error(`policy: it does not open ${name} to probes; to allow it, add "${name}" under probe: tunnel:`);
    if (this.#openCount >= TUNNEL_LIMITS.openMax) throw new Error("too many tunnels at one time");
    this.#openCount++;
    let socket: Socket | undefined;
    try {
      const answer = await this.#egress.connect({ purpose: "probe", opened: [name], ...target, account: name }, signal);
      if (!answer.ok) {
        yield { failed: answer.failure };
        return;
      }
      ({ socket } = answer);
      const open = socket;
      heard.onData = (data) => {
        if (open.writableLength > TUNNEL_LIMITS.unsentBytesMax) open.destroy();
        else open.write(Buffer.from(data, "base64"));
      };
      signal.addEventListener("abort", () => open.destroy(), { once: true });
      yield { connected: true };
      yield* pieces(open);
    } finally {
      heard.onData = undefined;
      socket?.destroy();
      this.#openCount--;
    }
  }
}

/** What came, in pieces of bounded length, as they are asked for. A connection that is cut just ends. */
async function* pieces(socket: Socket): AsyncGenerator<TunnelItem, void, undefined> {
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>)
      for (let from = 0; from < chunk.length; from += TUNNEL_LIMITS.dataBytesMax)
        yield { data: chunk.subarray(from, from + TUNNEL_LIMITS.dataBytesMax).toString("base64") };
  } catch {
    // The hub sees the end; why is the other side's business.
  }
}
