import type { ProbeReportView, ProbeView } from "@muster/protocol";
import { healthCell } from "../services/service-table.ts";
import type { Colours } from "../terminal/colours.ts";
import { ago, bytes, UNKNOWN } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import type { Cell } from "../terminal/table.ts";
import { factText } from "./report-text.ts";

/** A VPN panel, and what its probe saw last. */
interface SeenPanel {
  readonly probe: ProbeView;
  readonly report: ProbeReportView;
}

/** Panels, and below them their nodes. */
export async function panelTables(panels: readonly SeenPanel[], colours: Colours, now: number): Promise<string> {
  if (panels.length === 0)
    return "No VPN panels. A probe of the kind marzban, pasarguard, marzneshin or remnawave adds one.\n";
  const nodes = panels.flatMap((panel) => nodesOf(panel));
  const notes = panels.flatMap(({ probe, report }) =>
    report.tables.flatMap(({ note }) => (note === undefined ? [] : [`${probe.name}: ${note}`])),
  );
  const parts = [
    await panelTable(panels, colours, now),
    ...(nodes.length > 0 ? [await nodeTable(nodes, colours)] : []),
    ...(notes.length > 0
      ? [
          await renderTable(
            [{ title: "note" }],
            notes.map((note) => [note]),
          ),
        ]
      : []),
  ];
  return parts.join("\n");
}

const panelTable = (panels: readonly SeenPanel[], colours: Colours, now: number): Promise<string> =>
  renderTable(
    [
      ...[{ title: "health" }, { title: "name" }, { title: "kind" }, { title: "version" }],
      ...[{ title: "nodes", align: "right" } as const, { title: "online", align: "right" } as const],
      ...[{ title: "users", align: "right" } as const, { title: "seen" }, { title: "what" }, { title: "id" }],
    ],
    panels.map(({ probe, report }) => {
      const fact = (key: string): string => factText(report, key);
      return [
        healthCell(probe, colours),
        ...[probe.name, probe.kind, fact("version")],
        `${fact("nodesConnected")}/${fact("nodesTotal")}`,
        ...[fact("usersActiveNow"), fact("usersTotal"), ago(probe.lastAt, now), probe.detail, probe.id],
      ];
    }),
  );

interface SeenNode {
  readonly panel: string;
  readonly cell: (key: string) => string | number | boolean | null;
}

function nodesOf({ probe, report }: SeenPanel): readonly SeenNode[] {
  const table = report.tables.find(({ key }) => key === "nodes");
  const places = new Map(table?.columns.map(({ key }, place) => [key, place]));
  return (table?.rows ?? []).map((row) => ({ panel: probe.name, cell: (key) => row[places.get(key) ?? -1] ?? null }));
}

const nodeTable = (nodes: readonly SeenNode[], colours: Colours): Promise<string> =>
  renderTable(
    [
      ...[{ title: "state" }, { title: "node" }, { title: "panel" }, { title: "address" }],
      ...[{ title: "online", align: "right" } as const, { title: "traffic", align: "right" } as const],
      ...[{ title: "id" }, { title: "message" }],
    ],
    nodes.map(({ panel, cell }) => {
      const text = (key: string): string => String(cell(key) ?? UNKNOWN);
      const traffic = ["upload", "download", "both"].flatMap((key) =>
        typeof cell(key) === "number" ? [Number(cell(key))] : [],
      );
      return [
        stateCell(text("state"), colours),
        ...[text("name"), panel, text("address"), text("onlineUsers")],
        traffic.length === 0 ? UNKNOWN : bytes(traffic.reduce((sum, one) => sum + one)),
        ...[text("id"), String(cell("message") ?? "")],
      ];
    }),
  );

function stateCell(state: string, colours: Colours): Cell {
  if (state === "connected") return { text: state, colour: colours.good };
  if (state === "error" || state === "limited") return { text: state, colour: colours.bad };
  return { text: state, colour: state === "disabled" ? colours.faint : colours.warning };
}
