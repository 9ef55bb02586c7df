import { compactSpan } from "@muster/core";
import type { NotifierView } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import type { Cell } from "../terminal/table.ts";
import { hoursText } from "./notifier-options.ts";

function stateCell({ isEnabled, state }: NotifierView, colours: Colours): Cell {
  if (!isEnabled) return { text: "off", colour: colours.faint };
  const colour = { untried: colours.faint, working: colours.good, failing: colours.warning, stopped: colours.bad };
  return { text: state.is, colour: colour[state.is] };
}

/** When it is told, in short. */
function hearsText({ severityLeast, delayMs, repeatMs }: NotifierView): string {
  const delay = delayMs === 0 ? "" : `, after ${compactSpan(delayMs)}`;
  const repeat = repeatMs === 0 ? "" : `, again every ${compactSpan(repeatMs)}`;
  return `${severityLeast}${delay}${repeat}`;
}

export const notifierTable = (notifiers: readonly NotifierView[], colours: Colours): Promise<string> | string =>
  notifiers.length === 0
    ? "No notifiers. `muster notify add KIND NAME` adds one, `muster notify kinds` lists the kinds.\n"
    : renderTable(
        [
          { title: "state" },
          { title: "name" },
          { title: "kind" },
          { title: "target" },
          { title: "hears" },
          { title: "hours" },
          { title: "waiting", align: "right" },
          { title: "detail" },
        ],
        notifiers.map((one) => [
          stateCell(one, colours),
          one.name,
          one.kind,
          one.target,
          one.isDefault ? hearsText(one) : `${hearsText(one)}, where a rule names it`,
          hoursText(one.hours),
          String(one.waiting),
          one.state.detail,
        ]),
      );

/** Everything of one notifier but its secret, which nobody is shown. */
export const notifierFieldsText = (one: NotifierView, fallback: string): string =>
  renderFields([
    ["name", one.name],
    ["id", one.id],
    ["kind", one.kind],
    ["target", one.target],
    ["state", `${one.isEnabled ? one.state.is : "off"} since ${utc(one.state.since)}`],
    ["detail", one.state.detail || UNKNOWN],
    ["hears", hearsText(one)],
    ["of", one.isDefault ? "every rule that names no notifiers" : "rules that name it"],
    ["hours", hoursText(one.hours)],
    ["fallback", fallback],
    ["secret", one.hasSecret ? "set" : "none"],
    ["waiting", String(one.waiting)],
    ["made", utc(one.createdAt)],
    ...Object.entries(one.settings)
      .filter(([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]) => [`  ${name}`, String(value)] as const),
  ]);
