import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";

const MESSAGE_BYTES_MAX = 1024 * 1024;

/** What came of asking for a WebSocket. `status`: what was answered in its place by HTTP. */
export type WebSocketAnswer =
  /** It is paused. */
  | { readonly is: "open"; readonly socket: WebSocket }
  | { readonly is: "refused"; readonly status: number }
  | { readonly is: "no-websocket" | "ended" | "aborted" };

/**
 * Asks for a WebSocket over a connection that is there already, and secure where it must be. Never throws; the stream
 * stays the caller's to destroy.
 */
export function webSocketOver(
  stream: Duplex,
  url: URL,
  { headers, subprotocol }: { readonly headers: Readonly<Record<string, string>>; readonly subprotocol: string },
  signal: AbortSignal,
): Promise<WebSocketAnswer> {
  return new Promise((resolve) => {
    const options: ClientOptions = {
      ...{ headers, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false, followRedirects: false },
      // Whatever the scheme, security is below us already.
      createConnection: () => stream as never,
    };
    const address = `ws://${url.host}${url.pathname}${url.search}`;
    const socket = new WebSocket(address, subprotocol === "" ? [] : [subprotocol], options);
    const finish = (answer: WebSocketAnswer): void => {
      signal.removeEventListener("abort", abort);
      if (answer.is !== "open") socket.terminate();
      resolve(answer);
    };
    const abort = (): void => finish({ is: "aborted" });
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    // This listener stays: a later error would end the hub.
    socket.on("error", (error) =>
      finish({ is: /hang up|ECONNRESET|before/.test(error.message) ? "ended" : "no-websocket" }),
    );
    socket.once("unexpected-response", (_request, response) => {
      response.destroy();
      finish({ is: "refused", status: response.statusCode ?? 0 });
    });
    socket.once("open", () => {
      // What comes together with the answer is for whoever listens next.
      socket.pause();
      finish({ is: "open", socket });
    });
  });
}

/** Whether a message with this text comes, of at most so many bytes in all. */
export function textComes(socket: WebSocket, text: string, signal: AbortSignal): Promise<"came" | "ended" | "aborted"> {
  return new Promise((resolve) => {
    let bytes = 0;
    const finish = (is: "came" | "ended" | "aborted"): void => {
      signal.removeEventListener("abort", abort);
      socket.off("message", take).off("close", end);
      resolve(is);
    };
    const abort = (): void => finish("aborted");
    const end = (): void => finish("ended");
    const take = (data: Buffer): void => {
      bytes += data.length;
      if (data.includes(text)) finish("came");
      else if (bytes > MESSAGE_BYTES_MAX) finish("ended");
    };
    if (signal.aborted) return abort();
    if (socket.readyState !== WebSocket.OPEN) return end();
    signal.addEventListener("abort", abort, { once: true });
    socket.on("message", take).on("close", end);
    socket.resume();
  });
}
