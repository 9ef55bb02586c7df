import { columnVisibilityFeature, createColumnHelper, tableFeatures } from "@tanstack/react-table";
import type { ReactNode } from "react";
import type { ColumnLook } from "../../fleet/fit-columns.ts";
import type { en } from "../../i18n/en.ts";
import type { SortKey } from "../../fleet/order.ts";
import type { Server } from "../../fleet/fleet-view.ts";
import {
  AgeCell,
  BarCell,
  BytesCell,
  DiskCell,
  DurationCell,
  HourCell,
  NameCell,
  NumberCell,
  ServicesCell,
  StateCell,
  TagsCell,
} from "./cells.tsx";
import { PickCell } from "./pick-cell.tsx";

export const features = tableFeatures({ columnVisibilityFeature });
export type Features = typeof features;

export interface CellInput {
  readonly server: Server;
  readonly line: readonly (number | null)[] | undefined;
}

export type ColumnId = keyof (typeof en)["column"];

interface ServerColumnLook extends ColumnLook {
  readonly sort?: SortKey;
  /** Stands behind the header's word. */
  readonly unit?: string;
  readonly align?: "right";
  /** What the server read of itself; such columns stand beside each other. */
  readonly reading?: true;
  /** Columns without which a row says nothing cannot be hidden. */
  readonly fixed?: true;
  readonly draw: (input: CellInput) => ReactNode;
}

/** Everything the overview can show of a server, in the order of the table. */
export const COLUMNS: Readonly<Record<ColumnId, ServerColumnLook>> = {
  pick: { least: 16, fixed: true, draw: ({ server }) => <PickCell server={server} /> },
  state: { least: 92, sort: "state", fixed: true, draw: ({ server }) => <StateCell server={server} /> },
  name: { least: 120, grow: 2, sort: "name", fixed: true, draw: ({ server }) => <NameCell server={server} /> },
  tags: { least: 70, grow: 1.2, importance: 6, draw: ({ server }) => <TagsCell server={server} /> },
  cpu: {
    least: 84,
    reading: true,
    grow: 1,
    importance: 20,
    sort: "cpu",
    unit: "%",
    draw: ({ server }) => <BarCell ratio={server.summary.cpuBusyRatio} />,
  },
  memory: {
    least: 84,
    reading: true,
    grow: 1,
    importance: 19,
    sort: "memory",
    unit: "%",
    draw: ({ server }) => (
      <BarCell
        ratio={server.summary.memoryUsedRatio}
        bytes={[server.summary.memoryUsedBytes, server.summary.memoryTotalBytes]}
      />
    ),
  },
  disk: {
    least: 96,
    reading: true,
    grow: 1,
    importance: 18,
    sort: "disk",
    unit: "%",
    draw: ({ server }) => <DiskCell server={server} />,
  },
  load: {
    least: 48,
    reading: true,
    importance: 10,
    sort: "load",
    align: "right",
    draw: ({ server }) => <NumberCell value={server.summary.load1} digits={2} />,
  },
  receive: {
    least: 86,
    reading: true,
    importance: 8,
    sort: "receive",
    align: "right",
    draw: ({ server }) => <BytesCell value={server.summary.networkReceiveBytesPerSecond} />,
  },
  transmit: {
    least: 86,
    reading: true,
    importance: 8,
    sort: "transmit",
    align: "right",
    draw: ({ server }) => <BytesCell value={server.summary.networkTransmitBytesPerSecond} />,
  },
  temperature: {
    least: 60,
    reading: true,
    importance: 4,
    sort: "temperature",
    unit: "°C",
    align: "right",
    draw: ({ server }) => <NumberCell value={server.summary.temperatureCelsius} digits={0} />,
  },
  services: {
    least: 72,
    reading: true,
    importance: 15,
    sort: "services",
    align: "right",
    draw: ({ server }) => <ServicesCell server={server} />,
  },
  uptime: {
    least: 76,
    reading: true,
    importance: 3,
    sort: "uptime",
    align: "right",
    draw: ({ server }) => <DurationCell seconds={server.summary.uptimeSeconds} />,
  },
  hour: { least: 64, reading: true, grow: 0.8, importance: 9, draw: ({ line }) => <HourCell line={line} /> },
  age: { least: 72, sort: "age", align: "right", fixed: true, draw: ({ server }) => <AgeCell server={server} /> },
};

export const COLUMN_IDS = Object.keys(COLUMNS) as readonly ColumnId[];

const helper = createColumnHelper<Features, Server>();
export const tableColumns = helper.columns(
  COLUMN_IDS.map((id) => helper.display({ id, enableHiding: COLUMNS[id].fixed !== true })),
);
