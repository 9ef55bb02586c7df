import type { HubFrame } from "@muster/protocol";

/** What the parts of a session may do with its connection. */
export interface SessionLine {
  /** Nothing when the connection is no longer open. */
  send(frame: HubFrame): void;
  /** Ends the session; the peer gets two seconds to answer. */
  close(code: number, reason: string): void;
  /** Reads the socket no further until as many calls of `resume` came. */
  pause(): void;
  resume(): void;
}
