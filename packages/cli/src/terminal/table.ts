import { escapeControls } from "@muster/node-kit";
import type Table from "cli-table3";

/** One column: its title, and whether its cells stand right (numbers) or left (texts). */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** A cell: its text as it came from outside, and how to colour it. */
export type Cell = string | { readonly text: string; readonly colour: (text: string) => string };

/**
 * A plain table for a terminal: titles in capitals, two spaces between columns, no frame, so that it can be read by
 * eye and by `awk`. Control characters in cells become visible escapes: a process or a server must not be able to move
 * the reader's cursor. No rows give the titles alone.
 */
export async function renderTable(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Promise<string> {
  const { default: TableWriter } = (await import("cli-table3")) as { default: typeof Table };
  const nothing = { top: "", "top-mid": "", "top-left": "", "top-right": "", bottom: "", "bottom-mid": "" };
  const table = new TableWriter({
    chars: {
      ...nothing,
      "bottom-left": "",
      "bottom-right": "",
      left: "",
      "left-mid": "",
      mid: "",
      "mid-mid": "",
      right: "",
      "right-mid": "",
      middle: "  ",
    },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [], compact: true },
    colAligns: columns.map((column) => column.align ?? "left"),
  });
  table.push(columns.map((column) => column.title.toUpperCase()));
  for (const row of rows) table.push(row.map(cellText));
  return `${table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
}

const cellText = (cell: Cell): string =>
  typeof cell === "string" ? escapeControls(cell) : cell.colour(escapeControls(cell.text));

/** Names and values under each other, values aligned; for one thing instead of many. */
export function renderFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width + 2)}${escapeControls(value)}\n`).join("");
}
