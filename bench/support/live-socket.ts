import { LIVE_PATH } from "@muster/protocol";
import { WebSocket } from "ws";
import type { BenchSession } from "./bench-hub.ts";

/** A browser's live socket: greeted and subscribed. `take` gets every message's text. */
export async function openLiveSocket(
  address: string,
  session: BenchSession,
  topics: readonly string[],
  take: (text: string) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`${address.replace(/^http/, "ws")}${LIVE_PATH}`, {
    headers: { cookie: session.cookie, origin: address },
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) =>
      reject(new Error(`the live socket is refused: ${response.statusCode}`)),
    );
  });
  const welcome = new Promise<void>((resolve, reject) => {
    socket.once("message", () => resolve());
    socket.once("close", (code, reason) =>
      reject(new Error(`the live socket was closed: ${code} ${reason.toString()}`)),
    );
  });
  socket.send(JSON.stringify({ t: "hello", csrf: session.csrfToken }));
  await welcome;
  socket.on("message", (message: Buffer) => take(message.toString("utf8")));
  for (const topic of topics) socket.send(JSON.stringify({ t: "subscribe", topic }));
  return socket;
}
