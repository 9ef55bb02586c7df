import type { LiveClientMessage } from "@muster/protocol";
import { waitFor } from "@muster/testkit";
import { WebSocket } from "ws";
import type { Client, TestHub } from "./harness.ts";

/** A browser's live socket as a test holds it. */
export interface LiveSocket {
  readonly raw: WebSocket;
  // eslint-disable-next-line typescript/no-explicit-any -- what a test looks into is what it tests
  readonly messages: any[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(message: LiveClientMessage | Record<string, unknown>): void;
  /** The first message from `since` on that fits; the hub's clock runs meanwhile. */
  // eslint-disable-next-line typescript/no-explicit-any -- as above
  next(fits: (message: any) => boolean, what: string, since?: number): Promise<any>;
  close(): Promise<void>;
}

export interface UpgradeRefused {
  readonly status: number;
  readonly text: string;
}

/** Opens a socket at any path with exactly these headers; a refusal is a result. */
export function upgrade(
  hub: Pick<TestHub, "port">,
  path: string,
  headers: Readonly<Record<string, string | undefined>>,
  options: { readonly from?: string; readonly protocol?: string; readonly perMessageDeflate?: boolean } = {},
): Promise<WebSocket | UpgradeRefused> {
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  const socket = new WebSocket(`ws://127.0.0.1:${hub.port}${path}`, options.protocol ? [options.protocol] : [], {
    headers: sent,
    perMessageDeflate: options.perMessageDeflate ?? false,
    localAddress: options.from ?? "127.0.0.1",
  });
  return new Promise((resolve, reject) => {
    socket.on("unexpected-response", (request, response) => {
      let text = "";
      response.on("data", (part: Buffer) => (text += part.toString("utf8")));
      response.on("end", () => {
        request.destroy();
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    socket.once("open", () => resolve(socket));
    socket.on("error", reject);
  });
}

/** What a browser of this client sends with an upgrade. */
export const liveHeaders = (hub: Pick<TestHub, "origin" | "port">, client: Pick<Client, "cookie">) => ({
  origin: hub.origin,
  cookie: client.cookie,
});

/** Opens the live socket of a signed-in client and says hello. */
export async function openLive(hub: TestHub, client: Client): Promise<LiveSocket> {
  const raw = await upgrade(hub, "/api/v1/live", liveHeaders(hub, client), { from: client.from });
  if (!(raw instanceof WebSocket)) throw new Error(`the live socket was refused: ${raw.status} ${raw.text}`);
  const live = liveSocket(hub, raw);
  live.send({ t: "hello", csrf: client.csrf ?? "" });
  await live.next(({ t }) => t === "welcome", "welcome");
  return live;
}

export function liveSocket(hub: TestHub, raw: WebSocket): LiveSocket {
  // eslint-disable-next-line typescript/no-explicit-any -- as above
  const messages: any[] = [];
  raw.on("message", (message: Buffer) => {
    const text = message.toString("utf8");
    hub.answers.push(text);
    messages.push(JSON.parse(text));
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    raw.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") }));
  });
  return {
    raw,
    messages,
    closed,
    send: (message) => raw.send(JSON.stringify(message)),
    next: (fits, what, since = 0) =>
      waitFor(
        async () => {
          await hub.clock.advance(100);
          return messages.slice(since).find(fits);
        },
        { describe: () => `${what}; got ${JSON.stringify(messages).slice(0, 2_000)}` },
      ),
    async close() {
      raw.close();
      await closed;
    },
  };
}
