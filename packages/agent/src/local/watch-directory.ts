import { existsSync, watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import type { WatchStart } from "@muster/host";

/** Watches one directory by inotify: nothing wakes up while nothing happens in it. */
export function watchLocally(
  path: string,
  changed: (entry: string | undefined) => void,
  signal: AbortSignal,
): WatchStart {
  if (signal.aborted) return "cannot";
  let watcher: FSWatcher;
  try {
    watcher = watch(path, { persistent: false });
  } catch {
    return "cannot";
  }
  const close = (): void => {
    signal.removeEventListener("abort", close);
    watcher.close();
  };
  signal.addEventListener("abort", close, { once: true });
  watcher.on("change", (_, entry) => {
    // Of a directory that was removed the kernel tells its own name, and nothing after that.
    const isThere = existsSync(path);
    if (!isThere) close();
    changed(entry === null || !isThere ? undefined : String(entry));
  });
  watcher.on("error", () => {
    close();
    changed(undefined);
  });
  return "watching";
}
