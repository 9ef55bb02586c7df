/** What the live connection needs of a WebSocket, so that a test can play the hub. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
}

/** The same text as `LIVE_PATH` of the protocol, whose value would bring the schemas into the pages. */
const LIVE_PATH: typeof import("@muster/protocol").LIVE_PATH = "/api/v1/live";

export function openBrowserSocket(): Socket {
  const url = new URL(LIVE_PATH, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url) as Socket;
}
