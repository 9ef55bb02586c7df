import { isMusterError, wait } from "@muster/core";
import { connect } from "../client/connect.ts";
import type { ConnectOptions } from "../client/connect.ts";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";

/** How long to wait where the hub limits the rate without saying for how long. */
const PAUSE_MS = 1_000;

/** Accepts waiting servers one after the other, as fast as the hub allows. */
export class Acceptance {
  readonly #shell: Shell;
  readonly #hub: HubClient;
  #queue: Promise<void> = Promise.resolve();

  constructor(shell: Shell, options: ConnectOptions) {
    this.#shell = shell;
    this.#hub = connect(shell, options);
  }

  /** A failure is told on standard error; the server then stays pending. */
  accept(serverId: string): void {
    this.#queue = this.#queue.then(() => this.#accept(serverId));
  }

  async #accept(serverId: string): Promise<void> {
    for (;;) {
      try {
        await this.#hub.call("PATCH /api/v1/servers/{id}", { params: { id: serverId }, body: { state: "active" } });
        return;
      } catch (error) {
        if (!isMusterError(error, "RATE_LIMITED")) {
          this.#shell.terminal.writeError(`server ${serverId} is not accepted: ${(error as Error).message}\n`);
          return;
        }
        const signal = this.#shell.stopSignal();
        await wait(this.#shell.clock, error.details.retryAfterMs ?? PAUSE_MS, signal);
        if (signal.aborted) return;
      }
    }
  }
}
