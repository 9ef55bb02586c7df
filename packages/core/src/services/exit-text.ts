import type { Exit } from "./service.ts";

/** How a process ended, for people: `exit 1`, `SIGKILL (out of memory)`; empty when nobody saw it. */
export function exitText(exit: Exit | null): string {
  if (exit === null) return "";
  const how = exit.signal ?? (exit.code === null ? "" : `exit ${exit.code}`);
  if (how === "") return exit.detail;
  return exit.detail === "" ? how : `${how} (${exit.detail})`;
}
