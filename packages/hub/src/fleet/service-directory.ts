import type { DriverName } from "@muster/core";

/** Which service an id names. */
export interface ServiceDirectory {
  find(serviceId: string): ServiceAddress | undefined;
}

export interface ServiceAddress {
  readonly serverId: string;
  readonly driver: DriverName;
  readonly name: string;
}
