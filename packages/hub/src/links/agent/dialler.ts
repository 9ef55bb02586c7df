import { backoffMs, MINUTE_MS, RECONNECT_BACKOFF, SECOND_MS, wait } from "@muster/core";
import type { Clock, Logger, Random } from "@muster/core";
import type { Egress } from "@muster/node-kit";
import type { LinkTest, Server } from "@muster/protocol";
import type { Fleet } from "../../fleet/fleet.ts";
import type { LinkStore } from "../../fleet/link-store.ts";
import type { LinkTrial } from "../links.ts";
import type { AgentLinks } from "./agent-links.ts";
import { dialAgent } from "./dial-agent.ts";
import type { DialledLine } from "./handshake.ts";

export interface DiallerDeps {
  readonly links: LinkStore;
  readonly fleet: Fleet;
  readonly agents: Pick<AgentLinks, "isConnected" | "takeDialled">;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

type LinkStateView = NonNullable<Server["linkState"]>;
/** Of one attempt: whether the next one comes soon, after a longer wait than the last, or whenever somebody changes something. */
type Outcome = "worked" | "failed" | "not-wanted";

/** As many first attempts a second after a start, so that a hub does not meet its whole fleet at once (reliability.md, R7). */
const FIRST_PER_SECOND = 200;
/** A session of this length was a good one: the next waits begin anew. */
const STEADY_MS = 30 * SECOND_MS;
const CLOSING_MS_MAX = 2 * SECOND_MS;

/** Keeps a connection to each agent that waits to be dialled. What comes over it is handled as if the agent had dialled. */
export class Dialler {
  readonly #deps: DiallerDeps;
  readonly #kept = new Map<string, { readonly dial: string; readonly abort: AbortController; done: Promise<void> }>();
  #unlisten: () => void = () => undefined;

  constructor(deps: DiallerDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { links, random } = this.#deps;
    const known = links.all().filter(({ settings }) => settings.kind === "agent");
    const spreadMs = (known.length / FIRST_PER_SECOND) * SECOND_MS;
    for (const { serverId } of known) this.#keep(serverId, random() * spreadMs);
    this.#unlisten = links.listen(({ serverId }) => this.#keep(serverId, 0));
  }

  /** Ends every attempt and connection. */
  async stop(): Promise<void> {
    this.#unlisten();
    const ending = [...this.#kept.values()].map(({ abort, done }) => {
      abort.abort(new Error("the hub stops"));
      return done;
    });
    this.#kept.clear();
    await Promise.all(ending);
  }

  /** Reaches for an agent, and says which step fails. Whether it is the right one only a session shows. */
  async test({ settings }: LinkTrial, signal: AbortSignal): Promise<LinkTest> {
    if (settings.kind !== "agent") throw new Error("only agents are dialled");
    const answer = await dialAgent({ dial: settings.dial }, this.#deps, signal);
    if (answer.ok) answer.socket.terminate();
    const isReached = answer.ok || answer.isReached;
    const steps = [
      { step: "connect", ok: isReached, detail: isReached ? "something answers" : answer.detail },
      ...(isReached
        ? [{ step: "agent", ok: answer.ok, detail: answer.ok ? "an agent listens there" : answer.detail }]
        : []),
    ];
    return { ok: answer.ok, steps, hostKey: null, adapter: null };
  }

  /** As the store has it now: begins, goes on, goes elsewhere or ends. */
  #keep(serverId: string, delayMs: number): void {
    const settings = this.#deps.links.get(serverId)?.settings;
    const dial = settings?.kind === "agent" ? settings.dial : undefined;
    const before = this.#kept.get(serverId);
    if (before?.dial === dial) return;
    before?.abort.abort(new Error("the address has changed"));
    this.#kept.delete(serverId);
    if (dial === undefined) return;
    const abort = new AbortController();
    const after = before?.done ?? Promise.resolve();
    const done = after.then(() => this.#repeat(serverId, dial, delayMs, abort.signal));
    this.#kept.set(serverId, { dial, abort, done });
  }

  async #repeat(serverId: string, dial: string, delayMs: number, signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#deps;
    let failures = 0;
    this.#tell(serverId, { is: "waiting", detail: "" });
    for (await wait(clock, delayMs, signal); !signal.aborted;) {
      let outcome: Outcome = "failed";
      try {
        outcome = await this.#attempt(serverId, dial, signal);
      } catch (error) {
        log.error("an agent could not be dialled", { serverId, error });
      }
      failures = outcome === "failed" ? failures + 1 : 0;
      const pauseMs = outcome === "not-wanted" ? MINUTE_MS : backoffMs(RECONNECT_BACKOFF, failures, random);
      await wait(clock, pauseMs, signal);
    }
  }

  /** One connection, to its end. */
  async #attempt(serverId: string, dial: string, signal: AbortSignal): Promise<Outcome> {
    const { fleet, agents, clock } = this.#deps;
    const known = fleet.get(serverId)?.known;
    if (known === undefined) return "not-wanted";
    if (known.state === "revoked") {
      this.#tell(serverId, { is: "waiting", detail: "the server is revoked" });
      return "not-wanted";
    }
    // Its agent dials, too.
    if (agents.isConnected(serverId)) return "not-wanted";
    const triedAt = clock.now();
    const answer = await dialAgent({ dial, account: serverId }, this.#deps, signal);
    if (!answer.ok) {
      if (!signal.aborted) this.#tell(serverId, { is: "failing", detail: answer.detail, triedAt });
      return "failed";
    }
    const { socket, tls, address, roundTripMs } = answer;
    const startedMs = clock.monotonic();
    const told: Parameters<DialledLine["note"]>[0][] = [];
    const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const abort = (): void => {
      socket.close(1000);
      clock.after(CLOSING_MS_MAX, () => socket.terminate());
    };
    signal.addEventListener("abort", abort, { once: true });
    agents.takeDialled(socket, address, {
      serverId,
      tls,
      note: (outcome) => {
        told.push(outcome);
        if (outcome.is === "ready") this.#tell(serverId, { is: "ok", detail: "", triedAt, roundTripMs });
      },
    });
    socket.resume();
    if (signal.aborted) abort();
    await ended;
    signal.removeEventListener("abort", abort);
    if (signal.aborted) return "worked";
    const last = told.at(-1);
    if (last?.is === "ready") {
      this.#tell(serverId, { is: "waiting", detail: "the connection ended", triedAt });
      return clock.monotonic() - startedMs > STEADY_MS ? "worked" : "failed";
    }
    if (last?.is === "joined") return "worked";
    const detail = last?.is === "refused" ? last.why : known.agent ? NOT_OURS : NOT_JOINED;
    this.#tell(serverId, { is: "failing", detail, triedAt, roundTripMs });
    return "failed";
  }

  #tell(
    serverId: string,
    state: Pick<LinkStateView, "is" | "detail"> & Partial<Pick<LinkStateView, "triedAt" | "roundTripMs">>,
  ): void {
    const { fleet, clock } = this.#deps;
    const before = fleet.get(serverId)?.linkState;
    const since = before?.is === state.is ? before.since : clock.now();
    fleet.noteLinkState(serverId, { roundTripMs: null, triedAt: null, ...state, since });
  }
}

const NOT_OURS = "an agent listens there, which does not know this hub or is busy with another";
const NOT_JOINED = "nobody there joins with this server's token";
