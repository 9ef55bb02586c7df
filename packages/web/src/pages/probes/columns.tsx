import type { ReactNode } from "react";
import type { ColumnLook } from "../../fleet/fit-columns.ts";
import {
  AboutCell,
  BeatsCell,
  CertificateCell,
  HealthCell,
  KindCell,
  LastCell,
  NameCell,
  TagsCell,
  TargetCell,
  TookCell,
} from "../../probes/cells.tsx";
import type { ProbeSortKey } from "../../probes/order.ts";
import type { Probe } from "../../probes/probes-view.ts";

export type ProbeColumnId =
  | "health"
  | "name"
  | "kind"
  | "target"
  | "beats"
  | "took"
  | "certificate"
  | "last"
  | "about"
  | "tags";

interface ProbeColumnLook extends ColumnLook {
  readonly sort?: ProbeSortKey;
  readonly align?: "right";
  readonly draw: (probe: Probe) => ReactNode;
}

/** Everything a list says of a probe, in the order of the table. */
export const PROBE_COLUMNS: Readonly<Record<ProbeColumnId, ProbeColumnLook>> = {
  health: { least: 104, sort: "health", draw: (probe) => <HealthCell probe={probe} /> },
  name: { least: 140, grow: 1.8, sort: "name", draw: (probe) => <NameCell probe={probe} /> },
  kind: { least: 100, importance: 12, sort: "kind", draw: (probe) => <KindCell probe={probe} /> },
  target: { least: 130, grow: 2.2, importance: 14, sort: "target", draw: (probe) => <TargetCell probe={probe} /> },
  beats: { least: 150, importance: 18, draw: (probe) => <BeatsCell probe={probe} /> },
  took: { least: 74, importance: 17, sort: "took", align: "right", draw: (probe) => <TookCell probe={probe} /> },
  certificate: {
    least: 86,
    importance: 15,
    sort: "certificate",
    align: "right",
    draw: (probe) => <CertificateCell probe={probe} />,
  },
  last: { least: 92, importance: 16, sort: "last", align: "right", draw: (probe) => <LastCell probe={probe} /> },
  about: { least: 80, grow: 0.5, importance: 13, sort: "about", draw: (probe) => <AboutCell probe={probe} /> },
  tags: { least: 90, grow: 0.5, importance: 11, draw: (probe) => <TagsCell probe={probe} /> },
};

export const PROBE_COLUMN_IDS = Object.keys(PROBE_COLUMNS) as readonly ProbeColumnId[];
