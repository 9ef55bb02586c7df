import { useHotkey } from "../browser/use-hotkey.ts";
import type { ServiceItem } from "./layout.ts";
import { togglePickedService } from "./picked-services.ts";

interface ServiceKeys {
  readonly items: readonly ServiceItem[];
  readonly selected: string | undefined;
  readonly onSelect: (key: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  readonly onEscape: () => void;
}

/** j and k walk the rows, x picks the one walked to, Enter opens it, Esc lets go of it and then of the filter. */
export function useServiceKeys({ items, selected, onSelect, onOpen, onEscape }: ServiceKeys): void {
  const move = (step: 1 | -1): void => {
    const keys = items.filter(({ is }) => is === "service").map(({ key }) => key);
    const index = selected === undefined ? -1 : keys.indexOf(selected);
    onSelect(keys[index === -1 ? 0 : Math.min(keys.length - 1, Math.max(0, index + step))]);
  };
  useHotkey("j", () => move(1));
  useHotkey("k", () => move(-1));
  useHotkey("x", () => selected !== undefined && togglePickedService(selected));
  useHotkey("Enter", (event) => {
    if (selected !== undefined) return onOpen(selected);
    // Nothing is walked to: the focused button or link gets its key back.
    if (event.target instanceof HTMLElement) event.target.click();
  });
  useHotkey("Escape", () => (selected === undefined ? onEscape() : onSelect(undefined)));
}
