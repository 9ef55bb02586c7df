import type { Cancellable } from "@muster/core";
import { useEffect, useRef, useState } from "react";
import { browserClock } from "./clock.ts";

/**
 * The text of a field that is kept elsewhere too, such as in the address, which is told what was typed after nothing
 * more was for `afterMs`. What is typed does not wait for it; where it becomes another by itself, the field follows.
 */
export function useKeptText(
  kept: string,
  onChange: (text: string) => void,
  { afterMs = 0 }: { readonly afterMs?: number } = {},
): readonly [string, (text: string) => void] {
  const [text, setText] = useState(kept);
  const told = useRef(kept);
  const timer = useRef<Cancellable>(undefined);
  useEffect(() => {
    if (kept.trim() === told.current.trim()) return;
    timer.current?.cancel();
    told.current = kept;
    setText(kept);
  }, [kept]);
  useEffect(() => () => timer.current?.cancel(), []);
  const change = (next: string): void => {
    setText(next);
    timer.current?.cancel();
    const tell = (): void => {
      told.current = next;
      onChange(next);
    };
    if (afterMs === 0) tell();
    else timer.current = browserClock.after(afterMs, tell);
  };
  return [text, change];
}
