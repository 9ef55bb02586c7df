import {
  astraReading,
  AstraWatch,
  parseAstraStatus,
  parseAstraStream,
  parseAstraStreams,
  parseAstraSystem,
} from "@muster/core";
import type { AstraLook, AstraStream, AstraStreamStatus, PullReading } from "@muster/core";
import type { PullConfig, PullDeps } from "../pull-adapter.ts";
import { basicHeaders, LIST_BYTES_MAX, PullClient, understood } from "../pull-client.ts";
import type { EffectAnswer, ReadOptions } from "../pull-client.ts";

/** So many streams are asked for at one time. */
const AT_ONCE_MAX = 4;

/** Asks one Astra, and remembers how its streams were before. */
export class AstraBox {
  readonly #clock: PullDeps["clock"];
  readonly #client: PullClient;
  readonly #watch = new AstraWatch();
  readonly #first: ReadOptions;
  /** What one look asks beside its first question, once for each stream. */
  readonly #further: ReadOptions;

  constructor(config: PullConfig, deps: PullDeps) {
    this.#clock = deps.clock;
    this.#client = new PullClient(config, deps);
    this.#first = { headers: basicHeaders(config.secret) };
    this.#further = { ...this.#first, isFollowUp: true };
  }

  /** Host and port. */
  get name(): string {
    return this.#client.box;
  }

  /** Its load, and every stream. Throws PullFailure. */
  async look(signal: AbortSignal): Promise<PullReading> {
    const told = await this.#client.read("api/system-status?t=0", this.#first, signal);
    const system = understood(this.name, () => parseAstraSystem(told));
    const load = { ...this.#further, json: { cmd: "load" }, bodyBytesMax: LIST_BYTES_MAX };
    const configuration = await this.#client.read("control/", load, signal);
    const { streams, count } = understood(this.name, () => parseAstraStreams(configuration));
    const looks = await this.#lookAtAll(streams, signal);
    this.#watch.keep(new Set(streams.map(({ id }) => id)));
    return astraReading({ system, looks, streamCount: count }, { now: this.#clock.now() });
  }

  /** One stream; undefined where there is none of this id. Throws PullFailure. */
  async lookAt(id: string, signal: AbortSignal): Promise<AstraLook | undefined> {
    const body = await this.#told(`api/stream-info/${id}`, signal);
    const stream = body === undefined ? undefined : understood(this.name, () => parseAstraStream(body));
    return stream?.id === id ? this.#lookAt(stream, signal) : undefined;
  }

  /** Asks once; whether it came about is seen by looking. */
  control(cmd: "restart-stream" | "toggle-stream", id: string, signal: AbortSignal): Promise<EffectAnswer> {
    const { headers = {} } = this.#first;
    const address = this.#client.address("control/");
    this.#watch.doubt(id);
    return this.#client.effect({ method: "POST", address, headers, json: { cmd, id } }, signal);
  }

  async #lookAt(stream: AstraStream, signal: AbortSignal): Promise<AstraLook> {
    const askedMs = this.#clock.monotonic();
    const status = stream.isOn === false ? undefined : await this.#statusOf(stream.id, signal);
    const times = { now: this.#clock.now(), askedMs, gotMs: this.#clock.monotonic() };
    return this.#watch.take(stream, status, times);
  }

  /** A few at a time. The first that cannot be looked at ends it for all: a box that hangs would hang for each of them. */
  async #lookAtAll(streams: readonly AstraStream[], signal: AbortSignal): Promise<readonly AstraLook[]> {
    const ending = new AbortController();
    const limited = AbortSignal.any([signal, ending.signal]);
    const looks: AstraLook[] = [];
    const waiting = streams.values();
    const takeSome = async (): Promise<void> => {
      for (const stream of waiting) {
        if (limited.aborted) return;
        looks.push(await this.#lookAt(stream, limited));
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE_MAX }, takeSome));
    } finally {
      ending.abort();
    }
    return looks;
  }

  async #statusOf(id: string, signal: AbortSignal): Promise<AstraStreamStatus | undefined> {
    const body = await this.#told(`api/stream-status/${id}?t=0`, signal);
    return body === undefined ? undefined : understood(this.name, () => parseAstraStatus(body));
  }

  /** The body of a good answer; undefined where there is nothing of this name, which may have gone a moment ago. */
  async #told(path: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#client.look(this.#client.address(path), this.#further, signal);
    return answer.status === 404 ? undefined : this.#client.bodyOf(answer);
  }
}
