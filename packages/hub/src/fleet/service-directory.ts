import type { DriverName } from "@muster/core";

/** One service as those know it who act on it or read its log. */
export interface ServiceEntry {
  readonly id: string;
  readonly serverId: string;
  readonly driver: DriverName;
  readonly name: string;
  /** What its definition says it is; empty otherwise. */
  readonly kind: string;
}

/** Conditions that must all hold; without any, nothing is meant. */
export interface ServiceSelection {
  readonly serverIds?: readonly string[] | undefined;
  readonly tag?: string | undefined;
  readonly driver?: DriverName | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}

/** Which services there are. */
export interface ServiceDirectory {
  find(serviceId: string): ServiceEntry | undefined;
  /** Those that are there now, by server and name. An empty selection selects nothing. */
  select(selection: ServiceSelection): readonly ServiceEntry[];
}
