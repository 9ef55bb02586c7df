import type { ActingHost } from "../../host.ts";

export const DOCKER_SOCKET = "/var/run/docker.sock";
export const CONTAINER_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** What is known of a container before its log is read. */
export interface ContainerFacts {
  readonly id: string;
  readonly isTty: boolean;
  readonly isRunning: boolean;
}

export interface ContainerLogAsk {
  readonly tail: number | "all";
  /** Seconds since 1970 with nine digits behind the point. */
  readonly since?: string;
  readonly until?: string;
  readonly follow: boolean;
}

/** The two questions that reading logs asks of Docker; nothing else of its interface can be reached through this. */
export class DockerSocket {
  readonly #host: ActingHost;
  readonly #path: string;

  constructor(host: ActingHost, path: string = DOCKER_SOCKET) {
    this.#host = host;
    this.#path = path;
  }

  /** Undefined when there is no such container. Throws when Docker cannot be asked. */
  async inspect(name: string, signal: AbortSignal): Promise<ContainerFacts | undefined> {
    if (!CONTAINER_NAME.test(name)) throw new Error("that is no name of a container");
    const { status, text } = await this.#ask(`/containers/${name}/json`, signal);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`Docker answered ${status}: ${reasonOf(text)}`);
    const { Id, Config, State } = JSON.parse(text) as {
      readonly Id: string;
      readonly Config?: { readonly Tty?: boolean };
      readonly State?: { readonly Running?: boolean };
    };
    if (!/^[0-9a-f]{12,64}$/.test(Id)) throw new Error("Docker's answer cannot be read");
    return { id: Id, isTty: Config?.Tty === true, isRunning: State?.Running === true };
  }

  /** The bytes of a log. Undefined when there is no such container. Throws when it may not be read. */
  async log(
    id: string,
    { tail, since, until, follow }: ContainerLogAsk,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const options = [
      `stdout=1&stderr=1&timestamps=1&follow=${follow ? 1 : 0}&tail=${tail}`,
      ...(since === undefined ? [] : [`since=${since}`]),
      ...(until === undefined ? [] : [`until=${until}`]),
    ];
    const { status, body } = await this.#request(`/containers/${id}/logs?${options.join("&")}`, signal);
    if (status === 200) return body;
    const text = await textOf(body);
    if (status === 404) return undefined;
    throw new Error(`Docker answered ${status}: ${reasonOf(text)}`);
  }

  async #ask(path: string, signal: AbortSignal): Promise<{ readonly status: number; readonly text: string }> {
    const { status, body } = await this.#request(path, signal);
    return { status, text: await textOf(body) };
  }

  async #request(path: string, signal: AbortSignal) {
    try {
      return await this.#host.request(this.#path, { method: "GET", path }, signal);
    } catch (error) {
      throw new Error(`Docker does not answer: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_BYTES_MAX) throw new Error("Docker's answer is too long");
  }
  return text + decoder.decode();
}

function reasonOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? "").slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}

/** The instant of a line, or of milliseconds, as Docker takes it. */
export const secondsOf = (time: string, beforeSeconds = 0): string =>
  `${Math.floor(Date.parse(time) / 1_000) - beforeSeconds}.${time.slice(20, 29)}`;
export const secondsOfInstant = (at: number): string =>
  `${Math.floor(at / 1_000)}.${String(at % 1_000).padStart(3, "0")}000000`;
