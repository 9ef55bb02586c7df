import { columnVisibilityFeature, createColumnHelper, tableFeatures } from "@tanstack/react-table";
import type { ReactNode } from "react";
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
  StateCell,
  TagsCell,
} from "./cells.tsx";

export const features = tableFeatures({ columnVisibilityFeature });
export type Features = typeof features;

export interface CellInput {
  readonly server: Server;
  readonly line: readonly (number | null)[] | undefined;
}

export type ColumnId = keyof (typeof en)["column"];

interface ColumnLook {
  /** A grid track. */
  readonly width: string;
  readonly sort?: SortKey;
  /** Stands behind the header's word. */
  readonly unit?: string;
  readonly align?: "right";
  /** Columns without which a row says nothing cannot be hidden. */
  readonly fixed?: true;
  readonly draw: (input: CellInput) => ReactNode;
}

/** Everything the overview can show of a server, in the order of the table. */
export const COLUMNS: Readonly<Record<ColumnId, ColumnLook>> = {
  state: { width: "104px", sort: "state", fixed: true, draw: ({ server }) => <StateCell server={server} /> },
  name: { width: "minmax(140px, 2fr)", sort: "name", fixed: true, draw: ({ server }) => <NameCell server={server} /> },
  tags: { width: "minmax(80px, 1.2fr)", draw: ({ server }) => <TagsCell server={server} /> },
  cpu: {
    width: "minmax(92px, 1fr)",
    sort: "cpu",
    unit: "%",
    draw: ({ server }) => <BarCell ratio={server.summary.cpuBusyRatio} />,
  },
  memory: {
    width: "minmax(92px, 1fr)",
    sort: "memory",
    unit: "%",
    draw: ({ server }) => (
      <BarCell
        ratio={server.summary.memoryUsedRatio}
        bytes={[server.summary.memoryUsedBytes, server.summary.memoryTotalBytes]}
      />
    ),
  },
  disk: { width: "minmax(108px, 1fr)", sort: "disk", unit: "%", draw: ({ server }) => <DiskCell server={server} /> },
  load: {
    width: "60px",
    sort: "load",
    align: "right",
    draw: ({ server }) => <NumberCell value={server.summary.load1} digits={2} />,
  },
  receive: {
    width: "96px",
    sort: "receive",
    align: "right",
    draw: ({ server }) => <BytesCell value={server.summary.networkReceiveBytesPerSecond} />,
  },
  transmit: {
    width: "96px",
    sort: "transmit",
    align: "right",
    draw: ({ server }) => <BytesCell value={server.summary.networkTransmitBytesPerSecond} />,
  },
  temperature: {
    width: "68px",
    sort: "temperature",
    unit: "°C",
    align: "right",
    draw: ({ server }) => <NumberCell value={server.summary.temperatureCelsius} digits={0} />,
  },
  uptime: {
    width: "80px",
    sort: "uptime",
    align: "right",
    draw: ({ server }) => <DurationCell seconds={server.summary.uptimeSeconds} />,
  },
  hour: { width: "minmax(72px, 110px)", draw: ({ line }) => <HourCell line={line} /> },
  age: { width: "84px", sort: "age", align: "right", fixed: true, draw: ({ server }) => <AgeCell server={server} /> },
};

export const COLUMN_IDS = Object.keys(COLUMNS) as readonly ColumnId[];

const helper = createColumnHelper<Features, Server>();
export const tableColumns = helper.columns(
  COLUMN_IDS.map((id) => helper.display({ id, enableHiding: COLUMNS[id].fixed !== true })),
);
