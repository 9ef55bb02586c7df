import { useHotkey } from "../../browser/use-hotkey.ts";
import { rowKeys } from "../../fleet/layout.ts";
import type { OverviewItem } from "../../fleet/layout.ts";

interface RowKeys {
  readonly items: readonly OverviewItem[];
  readonly selected: string | undefined;
  readonly onSelect: (key: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  readonly onPick: (id: string) => void;
  readonly onEscape: () => void;
}

/** j and k walk the rows or tiles, x picks the one walked to, Enter opens it, Esc lets go of it and then of the filter. */
export function useRowKeys({ items, selected, onSelect, onOpen, onPick, onEscape }: RowKeys): void {
  const move = (step: 1 | -1): void => {
    const rows = items.flatMap(rowKeys);
    const index = rows.findIndex((row) => row.key === selected);
    const next = index === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, index + step));
    onSelect(rows[next]?.key);
  };
  useHotkey("j", () => move(1));
  useHotkey("k", () => move(-1));
  const here = () => items.flatMap(rowKeys).find(({ key }) => key === selected);
  useHotkey("x", () => {
    const row = here();
    if (row) onPick(row.server.id);
  });
  useHotkey("Enter", (event) => {
    const row = here();
    if (row) return onOpen(row.server.id);
    // Nothing is walked to: the focused button or link gets its key back.
    if (event.target instanceof HTMLElement) event.target.click();
  });
  useHotkey("Escape", () => (selected === undefined ? onEscape() : onSelect(undefined)));
}
