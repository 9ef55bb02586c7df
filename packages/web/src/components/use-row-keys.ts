import { useHotkey } from "../browser/use-hotkey.ts";

/** A row that can be walked to; what it shows may stand in several rows. */
export interface KeyedRow {
  readonly key: string;
  readonly id: string;
}

interface RowKeys {
  /** Those that are shown, in their order; asked for when a key is pressed, not with each live value. */
  readonly rows: () => readonly KeyedRow[];
  readonly selected: string | undefined;
  readonly onSelect: (key: string | undefined) => void;
  readonly onOpen: (id: string) => void;
  readonly onPick: (id: string) => void;
  readonly onEscape: () => void;
}

/** j and k walk the rows or tiles, x picks the one walked to, Enter opens it, Esc lets go of it and then of the filter. */
export function useRowKeys({ rows, selected, onSelect, onOpen, onPick, onEscape }: RowKeys): void {
  const move = (step: 1 | -1): void => {
    const shown = rows();
    const index = shown.findIndex((row) => row.key === selected);
    const next = index === -1 ? 0 : Math.min(shown.length - 1, Math.max(0, index + step));
    onSelect(shown[next]?.key);
  };
  useHotkey("j", () => move(1));
  useHotkey("k", () => move(-1));
  const here = () => rows().find(({ key }) => key === selected);
  useHotkey("x", () => {
    const row = here();
    if (row) onPick(row.id);
  });
  useHotkey("Enter", (event) => {
    const row = here();
    if (row) return onOpen(row.id);
    // Nothing is walked to: the focused button or link gets its key back.
    if (event.target instanceof HTMLElement) event.target.click();
  });
  useHotkey("Escape", () => (selected === undefined ? onEscape() : onSelect(undefined)));
}
