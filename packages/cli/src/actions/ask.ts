import { isMusterError, MusterError } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { RouteAnswer, RouteInput } from "@muster/protocol";
import type { HubClient } from "../client/hub-client.ts";
import { patiently } from "../client/patience.ts";
import { readPassword } from "../commands/options.ts";
import type { HubOptions } from "../commands/options.ts";
import type { Shell } from "../shell.ts";

export type Wanted = RouteInput<"POST /api/v1/actions">["body"];
export type Batch = RouteAnswer<"POST /api/v1/actions">;

/** A hub that is started anew is back by then. */
const ASK_PATIENCE_MS = 30_000;

/**
 * Asks for an action once, however often the request must be sent: all sendings carry one key. Where the hub wants a
 * proof of identity, a person at the terminal is asked for the password. Throws what the hub refuses, HUB_UNREACHABLE, and
 * ACTION_TIMED_OUT when it was aborted.
 */
export async function askForAction(
  shell: Shell,
  hub: HubClient,
  options: HubOptions,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Batch> {
  const idempotencyKey = uuidv7(shell.clock.now());
  const send = (client: HubClient): Promise<Batch> =>
    client.call("POST /api/v1/actions", { body: wanted }, { idempotencyKey, signal });
  const tell = (text: string): void => shell.terminal.writeError(`${text}\n`);
  try {
    return await provingIdentity(shell, hub, options, (client) =>
      patiently({ ...shell, tell }, ASK_PATIENCE_MS, signal, () => send(client)),
    );
  } catch (error) {
    if (!isMusterError(error, "HUB_UNREACHABLE")) throw error;
    const where = "Whether the action was asked for is not known: `muster actions` will show it.";
    if (signal.aborted) throw new MusterError("ACTION_TIMED_OUT", { message: `Stopped asking. ${where}` }, error);
    throw new MusterError("HUB_UNREACHABLE", { message: `${error.message} ${where}` }, error);
  }
}

/** Does something that may need a fresh proof of identity, with a sign-in by password when the hub says so and somebody can be asked. */
export async function provingIdentity<T>(
  shell: Shell,
  hub: HubClient,
  options: HubOptions,
  act: (client: HubClient) => Promise<T>,
): Promise<T> {
  try {
    return await act(hub);
  } catch (error) {
    if (!isMusterError(error, "STEP_UP_NEEDED") || !shell.terminal.canAsk) throw error;
    shell.terminal.writeError("This needs a proof that it is you.\n");
    const { personAt, withSession } = await import("../client/login.ts");
    const person = personAt(shell, options, undefined);
    const password = await readPassword(shell, `Password of ${person.name}: `);
    return withSession(shell, { ...person, password }, act);
  }
}
