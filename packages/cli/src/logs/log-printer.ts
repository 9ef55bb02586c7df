import { escapeControls } from "@muster/node-kit";
import type { resources } from "@muster/protocol";
import type { Shell } from "../shell.ts";
import { coloursFor } from "../terminal/colours.ts";
import type { Colours } from "../terminal/colours.ts";
import { utc } from "../terminal/formats.ts";
import { logText } from "./log-text.ts";
import type { LogSource } from "./log-sources.ts";

type LogItem = resources.LogItemView;

/** Writes an item; `closed` once nobody reads any more. */
export type LogPrinter = (item: LogItem) => Promise<"open" | "closed">;

/** For people a line each, with its source where there are several; with `--json` the item and its source as a line of JSON. */
export function logPrinter({ terminal, env }: Shell, sources: readonly LogSource[], form: "json" | "text"): LogPrinter {
  const colours = coloursFor("output", terminal, env);
  const isColoured = colours.bad("x") !== "x";
  const labels = sources.map(({ label }) => escapeControls(label));
  const width = Math.max(0, ...labels.map((label) => label.length));
  const line = (item: LogItem): string => {
    const label = labels[item.source] ?? String(item.source);
    // JSON leaves some control characters as they are; escaped they are the same JSON.
    if (form === "json") return escapeControls(JSON.stringify({ ...item, of: sources[item.source]?.label ?? "" }));
    const of = sources.length > 1 ? `${colours.mark(item.source, label.padEnd(width))} ` : "";
    if ("gap" in item) return of + colours.warning(gapText(item.gap));
    const time = item.at === null ? "" : `${colours.faint(utc(item.at))} `;
    return `${time}${of}${levelled(item.level, logText(item.text, isColoured ? "kept" : "plain"), colours)}`;
  };
  return (item) => terminal.writeBytes(Buffer.from(`${line(item)}\n`));
}

const gapText = ({ dropped, why }: { readonly dropped: number | null; readonly why: string }): string =>
  `---- ${dropped === null ? "lines are" : dropped === 1 ? "1 line is" : `${dropped} lines are`} missing: ${escapeControls(why)} ----`;

const ERROR_LEVEL = 3;
const WARNING_LEVEL = 4;

function levelled(level: number | null, text: string, colours: Colours): string {
  if (level === null || level > WARNING_LEVEL) return text;
  return level <= ERROR_LEVEL ? colours.bad(text) : colours.warning(text);
}
