import type { Cancellable, Clock } from "@muster/core";
import { FOCUS_LEASE_MS } from "@muster/protocol";

const RENEW_MS = FOCUS_LEASE_MS / 2;

/** Renews a lease on a server's attention until the signal aborts. A server that is away goes on at its own pace. */
export function holdFocus(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  renew: (limit: AbortSignal) => Promise<unknown>,
): void {
  if (signal.aborted) return;
  let timer: Cancellable;
  const step = (): void => {
    renew(AbortSignal.timeout(RENEW_MS)).catch(() => undefined);
    timer = clock.after(RENEW_MS, step);
  };
  step();
  signal.addEventListener("abort", () => timer.cancel(), { once: true });
}
