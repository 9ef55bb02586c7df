import type { StatusPageView } from "@muster/protocol";
import type { Colours } from "../terminal/colours.ts";
import { UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";

export function pageTable(pages: readonly StatusPageView[], colours: Colours): Promise<string> | string {
  if (pages.length === 0) return "No status pages. `muster status-pages add SLUG --name NAME` adds one.\n";
  return renderTable(
    [{ title: "state" }, { title: "address" }, { title: "name" }, { title: "shows" }, { title: "announced" }],
    pages.map(({ isEnabled, slug, name, items, announcement }) => [
      isEnabled ? { text: "public", colour: colours.good } : { text: "off", colour: colours.faint },
      ...[`/status/${slug}`, name, String(items.length), announcement?.text ?? UNKNOWN],
    ]),
  );
}

/** Everything of one status page. */
export function pageFields(page: StatusPageView): Promise<string> | string {
  const { announcement, items } = page;
  const shown = [
    ...(page.showsIncidents ? ["open incidents"] : []),
    ...(page.showsHours ? ["24 hours"] : []),
    ...(page.showsDays ? ["90 days"] : []),
  ];
  const until = announcement?.until === null ? "" : ` (until ${utc(announcement?.until ?? 0)})`;
  return renderFields([
    ["name", page.name],
    ["address", `/status/${page.slug}`],
    ["id", page.id],
    ["state", page.isEnabled ? "public" : "off"],
    ["language", page.language],
    ["text", page.text || UNKNOWN],
    ["announced", announcement === null ? UNKNOWN : `${announcement.kind}: ${announcement.text}${until}`],
    ["shows", shown.join(", ") || "states only"],
    ...items.map(({ kind, id, name, isGone }) => [`  ${kind} ${id}`, isGone ? `${name} (gone)` : name] as const),
  ]);
}
