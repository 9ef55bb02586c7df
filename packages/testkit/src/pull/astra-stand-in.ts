import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@muster/core";
import { answerJson, basicCredential, StandInServer } from "./stand-in-server.ts";

/** What one stream does wrong. */
export type AstraFault =
  | "never-on-air"
  /** It is off again a moment after it was turned on. */
  | "turns-off"
  /** A restart so short that nobody sees it. */
  | "no-gap"
  /** The effect comes about, and the answer does not come. */
  | "lost-answer"
  | "gateway-error"
  /** Nothing comes about, although the answer is good. */
  | "ignores"
  /** It is in the configuration, and nothing is told of how it is. */
  | "no-status"
  /** A question about how it is gets no answer. */
  | "hangs";

interface Stream {
  readonly id: string;
  isOn: boolean;
  /** Sends only while somebody watches. */
  isOnDemand: boolean;
  /** Monotonic. */
  onAirAtMs: number;
  /** From on, and from a restart, to on air. */
  startMs: number;
  sessions: number;
  input: number;
  fault: AstraFault | undefined;
}

/** Cesbo Astra as its documentation tells of it: three streams, of which two are on, one of them on demand. */
export class AstraStandIn extends StandInServer {
  /** Each effect that was asked for, such as `toggle-stream a001`, whatever came of it. */
  readonly effects: string[] = [];
  /** `user:password`; undefined lets everybody in. */
  credential: string | undefined;
  kilobitsPerSecond = 4_000;
  clockOffsetMs = 0;
  readonly streams: Stream[];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    super((request, response) => this.#reply(request, response));
    this.#clock = clock;
    this.streams = ["a001", "a002", "a003"].map((id) => ({
      ...{ id, isOn: id !== "a002", isOnDemand: id === "a003", onAirAtMs: 0, startMs: 1_000 },
      ...{ sessions: 0, input: 1, fault: undefined },
    }));
  }

  stream(id: string): Stream {
    const stream = this.streams.find((one) => one.id === id);
    if (stream === undefined) throw new Error(`there is no stream ${id}`);
    return stream;
  }

  /** Adds streams that are on air. */
  addMany(count: number): void {
    const first = this.streams[0]!;
    for (let index = 0; index < count; index++) this.streams.push({ ...first, id: `m${index}` });
  }

  /** Ends a stream from outside. */
  turnOff(id: string): void {
    this.stream(id).isOn = false;
  }

  #reply(request: IncomingMessage, response: ServerResponse): void {
    if (this.credential !== undefined && basicCredential(request) !== this.credential)
      return void response.writeHead(401, { "www-authenticate": 'Basic realm="Astra"' }).end();
    if (request.method === "POST" && request.url === "/control/") return this.#control(request, response);
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    if (request.method !== "GET") return void response.writeHead(405).end();
    if (pathname === "/api/system-status") return answerJson(response, this.#system());
    const [, what = "", id = ""] = /^\/api\/(stream-info|stream-status)\/([^/]+)$/.exec(pathname) ?? [];
    const stream = this.streams.find((one) => one.id === id);
    if (stream?.fault === "hangs" && what === "stream-status") return;
    if (stream === undefined || (what === "stream-status" && stream.fault === "no-status"))
      return void response.writeHead(404).end();
    answerJson(response, what === "stream-info" ? this.#info(stream) : this.#status(stream));
  }

  #control(request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece: string) => (body += piece));
    request.on("end", () => {
      const { cmd = "", id = "" } = JSON.parse(body) as { cmd?: string; id?: string };
      if (cmd === "load")
        return answerJson(response, { gid: 1, users: { admin: { cipher: "hunter22" } }, ...this.#configuration() });
      this.effects.push(`${cmd} ${id}`);
      const stream = this.streams.find((one) => one.id === id);
      if (stream === undefined) return answerJson(response, { [cmd]: "error" });
      if (stream.fault !== "ignores") this.#bringAbout(stream, cmd);
      if (stream.fault === "lost-answer") return void request.socket.destroy();
      if (stream.fault === "gateway-error") return void response.writeHead(504).end();
      answerJson(response, { [cmd]: "ok" });
    });
  }

  #bringAbout(stream: Stream, cmd: string): void {
    const nowMs = this.#clock.monotonic();
    this.#pass(stream);
    if (cmd === "toggle-stream") stream.isOn = !stream.isOn;
    else if (cmd !== "restart-stream" || !stream.isOn) return;
    stream.onAirAtMs = nowMs + (stream.fault === "no-gap" ? 0 : stream.startMs);
  }

  /** Brings a stream up to now. */
  #pass(stream: Stream): void {
    if (stream.fault === "turns-off" && stream.isOn && this.#clock.monotonic() >= stream.onAirAtMs) stream.isOn = false;
  }

  #configuration(): object {
    return { make_stream: this.streams.map((stream) => this.#info(stream)) };
  }

  #info(stream: Stream): object {
    this.#pass(stream);
    const { id, isOn } = stream;
    return { id, name: `Stream ${id}`, type: "spts", enable: isOn, input: ["udp://239.1.1.1:1234"], output: [] };
  }

  #status(stream: Stream): object {
    const isActive = !stream.isOnDemand || stream.sessions > 0;
    const onair =
      stream.isOn && isActive && stream.fault !== "never-on-air" && this.#clock.monotonic() >= stream.onAirAtMs;
    return {
      ...{ timestamp: this.#seconds(), name: `Stream ${stream.id}`, input_id: stream.input, active: isActive, onair },
      ...{ sessions: stream.sessions, bitrate: onair ? this.kilobitsPerSecond : 0, packets: 100, video_count: 1 },
      ...{ audio_count: 1, sc_error: 0, cc_error: onair ? 0 : 3, pes_error: 0 },
    };
  }

  #system(): object {
    return {
      ...{ timestamp: this.#seconds(), la1: 150, la5: 100, la15: 50, app_threads: 4 },
      ...{ sys_cpu_usage: 130, app_cpu_usage: 25, sys_mem_usage: 40, app_mem_usage: 10, app_mem_kb: 2_048 },
      ...{ sys_uptime: 3_600, app_uptime: 600 },
    };
  }

  #seconds(): number {
    return Math.floor((this.#clock.now() + this.clockOffsetMs) / 1_000);
  }
}
