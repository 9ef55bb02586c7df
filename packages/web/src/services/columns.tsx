import type { ReactNode } from "react";
import type { ColumnLook } from "../fleet/fit-columns.ts";
import type { ServiceSortKey } from "./order.ts";
import { ActCell } from "./act-cell.tsx";
import {
  DriverCell,
  HealthCell,
  MemoryCell,
  NameCell,
  PickCell,
  ServerCell,
  SinceCell,
  StateCell,
  WhyCell,
  CpuCell,
  BitRateCell,
  FrameRateCell,
  RestartsCell,
} from "./cells.tsx";
import type { Service } from "./services-view.ts";

export type ServiceColumnId =
  | "pick"
  | "state"
  | "health"
  | "name"
  | "driver"
  | "server"
  | "since"
  | "cpu"
  | "memory"
  | "frameRate"
  | "bitRate"
  | "restarts"
  | "why"
  | "act";

interface ServiceColumnLook extends ColumnLook {
  readonly sort?: ServiceSortKey;
  readonly unit?: string;
  readonly align?: "right";
  readonly draw: (service: Service) => ReactNode;
}

/** Everything a list says of a service, in the order of the table. */
export const SERVICE_COLUMNS: Readonly<Record<ServiceColumnId, ServiceColumnLook>> = {
  pick: { least: 16, draw: (service) => <PickCell service={service} /> },
  state: { least: 104, sort: "state", draw: (service) => <StateCell service={service} /> },
  health: { least: 104, importance: 18, sort: "health", draw: (service) => <HealthCell service={service} /> },
  name: { least: 140, grow: 2.2, sort: "name", draw: (service) => <NameCell service={service} /> },
  driver: {
    least: 152,
    importance: 10,
    sort: "driver",
    draw: (service) => <DriverCell service={service} />,
  },
  server: { least: 84, grow: 0.8, importance: 17, sort: "server", draw: (service) => <ServerCell service={service} /> },
  since: {
    least: 78,
    importance: 14,
    sort: "since",
    align: "right",
    draw: (service) => <SinceCell service={service} />,
  },
  cpu: {
    least: 54,
    importance: 16,
    sort: "cpu",
    unit: "%",
    align: "right",
    draw: (service) => <CpuCell service={service} />,
  },
  memory: {
    least: 76,
    importance: 15,
    sort: "memory",
    align: "right",
    draw: (service) => <MemoryCell service={service} />,
  },
  frameRate: {
    least: 74,
    importance: 15,
    sort: "frameRate",
    align: "right",
    draw: (service) => <FrameRateCell service={service} />,
  },
  bitRate: {
    least: 90,
    importance: 16,
    sort: "bitRate",
    align: "right",
    draw: (service) => <BitRateCell service={service} />,
  },
  restarts: {
    least: 62,
    importance: 12,
    sort: "restarts",
    align: "right",
    draw: (service) => <RestartsCell service={service} />,
  },
  why: { least: 150, grow: 2.4, importance: 13, draw: (service) => <WhyCell service={service} /> },
  act: { least: 176, draw: (service) => <ActCell service={service} /> },
};

/** What only channels have: left out where other services stand. */
export const CHANNEL_COLUMN_IDS = ["frameRate", "bitRate"] as const satisfies readonly ServiceColumnId[];

export const SERVICE_COLUMN_IDS = Object.keys(SERVICE_COLUMNS) as readonly ServiceColumnId[];
