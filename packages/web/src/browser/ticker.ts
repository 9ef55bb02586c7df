import { useSyncExternalStore } from "react";
import { browserClock } from "./clock.ts";

/** Beats once a second while anybody listens, so that ages count on even when nothing arrives. */
const listeners = new Set<() => void>();
let second = Math.floor(browserClock.now() / 1_000);
let pending: { cancel(): void } | undefined;

function beat(): void {
  const now = browserClock.now();
  second = Math.floor(now / 1_000);
  pending = listeners.size > 0 ? browserClock.after(1_000 - (now % 1_000) + 5, beat) : undefined;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!pending) beat();
  return () => listeners.delete(listener);
}

/** The browser's time in whole seconds, as milliseconds; the component is drawn anew each second. */
export const useSecond = (): number => useSyncExternalStore(subscribe, () => second) * 1_000;
