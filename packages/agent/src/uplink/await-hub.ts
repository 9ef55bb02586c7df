import { MINUTE_MS } from "@muster/core";
import type { Logger } from "@muster/core";
import type { Door } from "./door.ts";
import { ClosedByHub, greet } from "./greeting.ts";
import type { GreetingDeps, MeetHub, TrustedChannel } from "./greeting.ts";

/**
 * Meets the hub among those who dial in. All of them are heard side by side, so that a silent stranger holds nobody up,
 * and each of them that is not the hub has got a nonce and nothing else. It waits as long as the signal lets it.
 */
export function awaitHub(door: Door, deps: GreetingDeps & { readonly log: Logger }): MeetHub {
  const { clock, log } = deps;
  let warnedMs = -Infinity;
  const strange = (address: string, error: unknown): void => {
    // Whoever can dial could fill the log.
    const isNews = !(error instanceof ClosedByHub) && clock.monotonic() - warnedMs > MINUTE_MS;
    if (isNews) warnedMs = clock.monotonic();
    const why = error instanceof Error ? error.message : String(error);
    log[isNews ? "warn" : "debug"]("somebody dialled who is not our hub", { address, why });
  };
  return (_hubUrl, pin, floorAt, signal) =>
    new Promise<TrustedChannel>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const over = new AbortController();
      const finish = (settle: () => void): void => {
        signal.removeEventListener("abort", abort);
        release();
        settle();
        over.abort(new Error("the hub is there already"));
      };
      const abort = (): void => finish(() => reject(signal.reason as Error));
      signal.addEventListener("abort", abort, { once: true });
      const release = door.take((caller) => {
        greet(caller.channel, pin, floorAt, deps, over.signal).then(
          (trusted) => {
            if (over.signal.aborted) return trusted.channel.terminate();
            caller.admit();
            finish(() => resolve(trusted));
          },
          (error: unknown) => {
            if (!over.signal.aborted) strange(caller.address, error);
          },
        );
      });
    });
}
