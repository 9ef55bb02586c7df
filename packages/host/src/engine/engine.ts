import {
  CONTAINER_EVENTS,
  NO_USE,
  fieldsIn,
  isContainerId,
  isContainerName,
  negotiateApi,
  parseContainer,
  parseContainerStats,
  textIn,
} from "@muster/core";
import type { ApiVersion, Container, ContainerUse, Verb } from "@muster/core";
import type { ActingHost, SocketResponse } from "../host.ts";
import { readText, requestText } from "./read-body.ts";
import type { TextAnswer } from "./read-body.ts";

/** The calls that have an effect; nothing else is ever posted. */
const POSTS: Readonly<Partial<Record<Verb, string>>> = {
  start: "start",
  stop: "stop",
  restart: "restart",
  pause: "pause",
  unpause: "unpause",
  kill: "kill",
};
const ERROR_CHARACTERS_MAX = 200;

export interface LogsAsk {
  readonly tail: number | "all";
  /** Seconds since 1970 with nine digits behind the point. */
  readonly since?: string;
  readonly until?: string;
  readonly follow: boolean;
}

/** What an engine answered to a call with an effect. */
export interface Posted {
  readonly status: number;
  /** Its own words; empty when it had none. */
  readonly message: string;
}

/**
 * The calls of the Docker Engine API that Muster makes: a closed list of verb and path. Names are checked and escaped,
 * and effects name a container by its whole id, since an engine takes a part of an id for a name as well.
 */
export class Engine {
  readonly socketPath: string;
  readonly #host: ActingHost;
  #api: Promise<ApiVersion> | undefined;

  constructor(socketPath: string, host: ActingHost) {
    this.socketPath = socketPath;
    this.#host = host;
  }

  /** What to speak, asked once. Throws when nobody answers. */
  api(signal: AbortSignal): Promise<ApiVersion> {
    this.#api ??= this.#negotiate(signal).catch((error: unknown) => {
      this.#api = undefined;
      throw error;
    });
    return this.#api;
  }

  /** Ids of all containers, running or not. */
  async ids(signal: AbortSignal): Promise<readonly string[]> {
    const list = await this.#json("/containers/json?all=1", signal);
    if (!Array.isArray(list)) throw new Error("the engine's list is no list");
    return (list as readonly unknown[]).map((one) => textIn(fieldsIn(one)["Id"])).filter(isContainerId);
  }

  /** One container by its whole id, or by its exact name; undefined when there is none. */
  async inspect(idOrName: string, signal: AbortSignal): Promise<Container | undefined> {
    if (!isContainerName(idOrName)) return undefined;
    const answer = await this.#get(`/containers/${encodeURIComponent(idOrName)}/json`, signal);
    if (answer.status === 404) return undefined;
    const container = parseContainer(parsed(answer));
    // The beginning of an id is a name to an engine, and not to us.
    return container?.id === idOrName || container?.status.name === idOrName ? container : undefined;
  }

  /** What it uses now; nothing when the engine is too old to say so at once. */
  async use(id: string, signal: AbortSignal): Promise<ContainerUse> {
    const { stats } = await this.api(signal);
    if (stats === "none" || !isContainerId(id)) return NO_USE;
    const answer = await this.#get(`/containers/${id}/stats?stream=false&one-shot=true`, signal);
    // It may have ended since it was looked at.
    return answer.status === 200 ? parseContainerStats(parsed(answer)) : NO_USE;
  }

  /** Asks for an effect and waits for the answer, which proves nothing. Undefined when the engine knows no such verb. */
  async post(verb: Verb, id: string, killSignal: string, signal: AbortSignal): Promise<Posted | undefined> {
    const call = POSTS[verb];
    if (call === undefined || !isContainerId(id)) return undefined;
    const { prefix } = await this.api(signal);
    const query = verb === "kill" ? `?signal=SIG${encodeURIComponent(killSignal)}` : "";
    const path = `${prefix}/containers/${id}/${call}${query}`;
    const answer = await requestText(this.#host, this.socketPath, { method: "POST", path }, signal);
    return { status: answer.status, message: answer.status < 400 ? "" : messageOf(answer) };
  }

  /** The stream of what happens to containers; one JSON text a line. */
  async events(signal: AbortSignal): Promise<SocketResponse> {
    const { prefix } = await this.api(signal);
    const filters = encodeURIComponent(JSON.stringify({ type: ["container"], event: CONTAINER_EVENTS }));
    return this.#host.request(this.socketPath, { method: "GET", path: `${prefix}/events?filters=${filters}` }, signal);
  }

  /** The bytes of a log; undefined when there is no such container. Read them to their end, or abort the signal. */
  async logs(
    id: string,
    { tail, since, until, follow }: LogsAsk,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { prefix } = await this.api(signal);
    const options = [
      `stdout=1&stderr=1&timestamps=1&follow=${follow ? 1 : 0}&tail=${tail}`,
      ...(since === undefined ? [] : [`since=${since}`]),
      ...(until === undefined ? [] : [`until=${until}`]),
    ];
    const path = `${prefix}/containers/${id}/logs?${options.join("&")}`;
    const { status, body } = await this.#host.request(this.socketPath, { method: "GET", path }, signal);
    if (status === 200) return body;
    const text = await readText(body);
    if (status === 404) return undefined;
    throw refusal({ status, text });
  }

  async #negotiate(signal: AbortSignal): Promise<ApiVersion> {
    const answer = await requestText(this.#host, this.socketPath, { method: "GET", path: "/version" }, signal);
    const api = negotiateApi(parsed(answer));
    if (api === undefined) throw new Error("what answers is no container engine");
    return api;
  }

  async #get(path: string, signal: AbortSignal): Promise<TextAnswer> {
    const { prefix } = await this.api(signal);
    return requestText(this.#host, this.socketPath, { method: "GET", path: `${prefix}${path}` }, signal);
  }

  async #json(path: string, signal: AbortSignal): Promise<unknown> {
    return parsed(await this.#get(path, signal));
  }
}

const refusal = (answer: TextAnswer): Error => new Error(`the engine answers ${answer.status}: ${messageOf(answer)}`);

function parsed(answer: TextAnswer): unknown {
  if (answer.status !== 200) throw refusal(answer);
  return JSON.parse(answer.text) as unknown;
}

function messageOf({ text }: TextAnswer): string {
  try {
    return textIn(fieldsIn(JSON.parse(text))["message"]).slice(0, ERROR_CHARACTERS_MAX);
  } catch {
    return text.slice(0, ERROR_CHARACTERS_MAX);
  }
}
