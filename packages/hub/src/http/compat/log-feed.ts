import { stripColours } from "@muster/core";
import type { Cancellable, Clock } from "@muster/core";
import type { LogAccess } from "../../logs/log-access.ts";
import { sentenceOf } from "../live/open-log.ts";
import type { RouteCall } from "./compat-handler.ts";
import { serviceNamed } from "./named-services.ts";
import type { SocketClient } from "./socket-client.ts";

const LINES = 20;
const EVERY_MS = 2_000;
/** The end of a log is told; whoever wants more asks anew. */
const CLOSED_NORMALLY = 1000;

/** Tells one client of the VPN's manager (S3) the last lines of one service, each time all of them. Ends with the socket. */
export async function feedLog(
  client: SocketClient,
  handle: string,
  { logs, call, clock }: { readonly logs: LogAccess; readonly call: RouteCall; readonly clock: Clock },
): Promise<void> {
  const lines: string[] = [];
  let planned: Cancellable | undefined;
  let toldMono = -Infinity;
  let failure: string | undefined;
  const tell = (): void => {
    planned?.cancel();
    planned = undefined;
    toldMono = clock.monotonic();
    client.send({ logs: lines.join("\n") });
  };
  client.signal.addEventListener("abort", () => planned?.cancel(), { once: true });
  try {
    const { id } = await serviceNamed(call, handle);
    const choice = { linesMax: LINES, follow: true };
    const pieces = await logs.open(client.actor, "live", [logs.find({ serviceId: id })], choice, client.signal);
    for await (const piece of pieces) {
      if (piece.is === "item" && "text" in piece.item) {
        lines.push(stripColours(piece.item.text));
        if (lines.length > LINES) lines.shift();
      } else if (piece.is === "ended" && piece.error !== undefined) throw piece.error;
      planned ??= clock.after(Math.max(0, toldMono + EVERY_MS - clock.monotonic()), tell);
    }
  } catch (error) {
    failure = sentenceOf(error);
  }
  if (client.signal.aborted) return;
  // What came just before the end would otherwise never be told.
  if (planned !== undefined) tell();
  if (failure !== undefined) client.send({ error: failure });
  client.close(CLOSED_NORMALLY, "the log ended");
}
