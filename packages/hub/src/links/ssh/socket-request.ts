import { request as httpRequest } from "node:http";
import type { Duplex } from "node:stream";
import type { SocketRequest, SocketResponse } from "@muster/host";

/** One HTTP exchange over a stream that leads to a server's Unix socket. The stream ends with the body or the signal. */
export function requestOver(
  stream: Duplex,
  { method, path }: SocketRequest,
  signal: AbortSignal,
): Promise<SocketResponse> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({
      createConnection: () => stream,
      method,
      path,
      signal,
      headers: { host: "localhost", connection: "close" },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      resolve({ status: response.statusCode ?? 0, body: response as AsyncIterable<Uint8Array> });
    });
    asked.end();
  });
}
