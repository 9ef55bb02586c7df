import { areCounts } from "./text.ts";

/** One interface of /proc/net/dev; totals since it came up. */
export interface InterfaceReading {
  readonly interface: string;
  readonly receiveBytes: number;
  readonly receivePackets: number;
  readonly receiveErrors: number;
  readonly receiveDrops: number;
  readonly transmitBytes: number;
  readonly transmitPackets: number;
  readonly transmitErrors: number;
  readonly transmitDrops: number;
}

/** The text of /proc/net/dev, in its order, of the interfaces that `isWanted` names; a line out of format is skipped. */
export function parseInterfaces(text: string, isWanted: (name: string) => boolean = () => true): InterfaceReading[] {
  const interfaces: InterfaceReading[] = [];
  for (const line of text.split("\n")) {
    // Old kernels write the first number right after the colon; an alias ("eth0:1") has one inside its name.
    const colon = line.lastIndexOf(":");
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim();
    if (name === "" || name.includes("|") || !isWanted(name)) continue;
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/ +/)
      .map(Number);
    const [
      receiveBytes,
      receivePackets,
      receiveErrors,
      receiveDrops,
      ,
      ,
      ,
      ,
      transmitBytes,
      transmitPackets,
      transmitErrors,
      transmitDrops,
    ] = numbers;
    if (numbers.length < 16 || transmitDrops === undefined) continue;
    if (!areCounts(numbers)) continue;
    interfaces.push({
      interface: name,
      receiveBytes: receiveBytes ?? 0,
      receivePackets: receivePackets ?? 0,
      receiveErrors: receiveErrors ?? 0,
      receiveDrops: receiveDrops ?? 0,
      transmitBytes: transmitBytes ?? 0,
      transmitPackets: transmitPackets ?? 0,
      transmitErrors: transmitErrors ?? 0,
      transmitDrops,
    });
  }
  return interfaces;
}
