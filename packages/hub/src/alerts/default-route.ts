import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** A destination of all zeros whose gateway is used and which is up. */
const isDefault4 = (line: string): boolean => {
  const [, destination, , flags = "0", , , , mask] = line.trim().split(/\s+/);
  return destination === "00000000" && mask === "00000000" && (Number.parseInt(flags, 16) & 1) === 1;
};
const isDefault6 = (line: string): boolean => {
  const [destination, length, , , , , , , flags = "0", device] = line.trim().split(/\s+/);
  const [isUp, isRejecting] = [Number.parseInt(flags, 16) & 1, Number.parseInt(flags, 16) & 0x200];
  return /^0{32}$/.test(destination ?? "") && length === "00" && isUp === 1 && isRejecting === 0 && device !== "lo";
};

/** Whether Linux's tables of routes, as text, hold a default route that is up. */
export const hasDefaultRoute = (table4: string, table6: string): boolean =>
  table4.split("\n").some(isDefault4) || table6.split("\n").some(isDefault6);

/** Whether this machine has a default route; undefined where the tables cannot be read. */
export function readDefaultRoute(): boolean | undefined {
  const table4 = readTable("/proc/net/route");
  return table4 === undefined ? undefined : hasDefaultRoute(table4, readTable("/proc/net/ipv6_route") ?? "");
}

/** The kernel makes these texts when they are read: nobody waits for a disk. */
function readTable(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // No Linux, or no network of its own.
    return undefined;
  }
}

/** The addresses of this machine. */
export const ownAddresses = (): ReadonlySet<string> =>
  new Set(Object.values(networkInterfaces()).flatMap((some) => some?.map(({ address }) => address) ?? []));
