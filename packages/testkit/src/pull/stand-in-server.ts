import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What a stand-in answers instead of what it would: the faults that all of them can have. */
export type StandInFault = "hang" | "html" | "cut" | "drop" | "redirect" | "server-error" | "huge";

/** An HTTP server of 127.0.0.1 that stands in for somebody's program, with its faults. */
export class StandInServer implements AsyncDisposable {
  /** Every answer is like this as long as it is set. */
  fault: StandInFault | undefined;
  /** Method and path of each request, in their order. */
  readonly requests: string[] = [];
  readonly #answer: (request: IncomingMessage, response: ServerResponse) => void;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    this.#answer = answer;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Listens, the second time on the port of the first. */
  async start(): Promise<void> {
    const server = createServer((request, response) => this.#take(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** From now on nothing listens there. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(server, "close");
    server.close();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(`${request.method} ${request.url}`);
    switch (this.fault) {
      case undefined:
        return this.#answer(request, response);
      case "hang":
        return;
      case "drop":
        return void request.socket.destroy();
      case "html":
        return void response.setHeader("content-type", "text/html").end("<html><body>Sign in</body></html>");
      case "redirect":
        return void response.writeHead(302, { location: "http://169.254.169.254/" }).end();
      case "server-error":
        return void response.writeHead(500).end("Traceback (most recent call last): secret=hunter22");
      case "huge":
        return void response.end("x".repeat(9 * 1024 * 1024));
      case "cut":
        return this.#answer(request, cutting(response));
    }
  }
}

/** A response whose body ends in its middle, while the connection ends well. */
function cutting(response: ServerResponse): ServerResponse {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body: unknown) =>
    end(String(body ?? "").slice(0, Math.floor(String(body ?? "").length / 2)))) as never;
  return response;
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

/** What a request signs in with by HTTP Basic, as `user:password`; empty where it does not. */
export const basicCredential = ({ headers }: IncomingMessage): string =>
  Buffer.from((headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString();
