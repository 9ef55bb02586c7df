import { request as httpRequest } from "node:http";
import type { SocketRequest, SocketResponse } from "@muster/host";

/** One HTTP exchange over a Unix socket. The connection is its own and ends with the body or the signal. */
export function requestLocally(
  socketPath: string,
  { method, path }: SocketRequest,
  signal: AbortSignal,
): Promise<SocketResponse> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ socketPath, method, path, signal, agent: false, headers: { host: "localhost" } });
    asked.on("error", reject);
    asked.on("response", (response) => {
      resolve({ status: response.statusCode ?? 0, body: response as AsyncIterable<Uint8Array> });
    });
    asked.end();
  });
}
