import { createServer } from "node:net";

/**
 * A TCP port of 127.0.0.1 that was free a moment ago, for programs that cannot listen on port 0 and tell. Whatever can
 * do that should: between the answer and the use somebody else may take it.
 */
export function freePort(host = "127.0.0.1"): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("a TCP server without a port"));
        else resolve(address.port);
      });
    });
  });
}
