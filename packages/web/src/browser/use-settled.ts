import { useEffect, useState } from "react";
import { browserClock } from "./clock.ts";

/** A value as it is once it has been the same for a while: what is typed is not asked about with each key. */
export function useSettled(value: string, afterMs: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = browserClock.after(afterMs, () => setSettled(value));
    return () => timer.cancel();
  }, [value, afterMs]);
  return settled;
}
