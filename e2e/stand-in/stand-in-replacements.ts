import { advanceReplacement } from "@muster/core";
import type { ReplacementEvent, ReplacementStep } from "@muster/core";
import type { KeyReplacementView } from "@muster/protocol";
import type { Answer } from "./stand-in-answer.ts";
import { HOSTILE, idOf } from "./stand-in-servers.ts";

type Key = KeyReplacementView["newKey"];

export interface StandInReplacementsDeps {
  readonly nameOf: (serverId: string) => string;
  /** A server is reached by another key from now on. */
  readonly exchange: (serverId: string, keyId: string) => void;
  /** What a real hub would find: a server that knows the new key, one that refuses it, and one that cannot be asked. */
  readonly finds: (serverId: string) => "let-in" | "refused" | "away";
}

export interface StandInReplacementRequest {
  readonly newKeyId: string;
  readonly servers: readonly string[];
  readonly install: boolean;
  readonly remove: boolean;
}

/** Keys that take other ones' places, one event further each time somebody waits for one. */
export class StandInReplacements {
  readonly #deps: StandInReplacementsDeps;
  readonly #all: KeyReplacementView[] = [];
  readonly #events = new Map<string, (readonly [number, ReplacementEvent])[]>();

  constructor(deps: StandInReplacementsDeps) {
    this.#deps = deps;
  }

  begin(oldKey: Key, newKey: Key, { servers, install, remove }: StandInReplacementRequest): Answer {
    const made: KeyReplacementView = {
      ...{ id: idOf(11, this.#all.length + 1), oldKey, newKey, install, remove, actor: "olga" },
      ...{ askedAt: Date.now(), endedAt: null, revision: 0 },
      servers: servers.map((serverId) => ({
        ...{ serverId, server: this.#deps.nameOf(serverId), state: "waiting", uses: "old", steps: [] },
      })),
    };
    this.#all.push(made);
    const events = servers.map((serverId, index) =>
      [...this.#eventsOf(serverId, install, remove)].map((event) => [index, event] as const),
    );
    // Side by side, as far as they go.
    const longest = Math.max(...events.map(({ length }) => length));
    this.#events.set(
      made.id,
      Array.from({ length: longest }, (_, at) => events.flatMap((each) => each.slice(at, at + 1))).flat(),
    );
    return { status: 202, body: made };
  }

  list(): Answer {
    return { status: 200, body: { items: this.#all.toReversed() } };
  }

  next(id: string): Answer {
    const index = this.#all.findIndex((one) => one.id === id);
    const before = this.#all[index];
    if (before === undefined) return { status: 404, body: { error: { code: "NOT_FOUND", message: "none" } } };
    const left = this.#events.get(id) ?? [];
    const next = left.shift();
    if (next === undefined) return { status: 200, body: before };
    const [at, event] = next;
    const servers = before.servers.map((server, place) => {
      if (place !== at) return server;
      const { state, uses, steps } = advanceReplacement(server, event, Date.now());
      return { ...server, state, uses, steps: steps.map((step) => ({ ...step })) };
    });
    if (event.is === "switched") this.#deps.exchange(servers[at]!.serverId, before.newKey.id);
    const endedAt = left.length === 0 ? Date.now() : null;
    this.#all[index] = { ...before, servers, endedAt, revision: before.revision + 1 };
    return { status: 200, body: this.#all[index] };
  }

  *#eventsOf(serverId: string, install: boolean, remove: boolean): Generator<ReplacementEvent> {
    const found = this.#deps.finds(serverId);
    function* step(name: ReplacementStep, detail: string, state: "done" | "skipped" | "failed" = "done") {
      yield { is: "began", step: name } as const;
      if (name === "switch") yield { is: "switched" } as const;
      yield { is: "ended", state, detail } as const;
    }
    if (found === "refused" && install) {
      yield* step("test", "It is not let in yet.", "skipped");
      yield* step("install", "The line was added to ~/.ssh/authorized_keys.");
      yield* step("prove", "It was let in, and a program ran.");
    } else if (found !== "let-in") {
      const why =
        found === "away" ? "port: 10.1.0.3 cannot be reached at port 22." : `login: The server said ${HOSTILE}.`;
      yield* step("test", why, "failed");
      return yield { is: "over", state: "failed" };
    } else yield* step("test", "It was let in, and a program ran.");
    yield* step("switch", "It is reached by the new key from now on.");
    if (remove)
      yield* step("remove", "The line stays: twin is the same account, and is reached by that key.", "skipped");
    yield { is: "over", state: "succeeded" };
  }
}
