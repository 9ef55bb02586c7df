import { expect, test } from "vitest";
import { hasDefaultRoute } from "./default-route.ts";

const HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
const line4 = (destination: string, flags: string, mask: string): string =>
  `eth0\t${destination}\t0101A8C0\t${flags}\t0\t0\t100\t${mask}\t0\t0\t0\n`;
const line6 = (length: string, flags: string, device: string): string =>
  `${"0".repeat(32)} ${length} ${"0".repeat(32)} 00 fe80${"0".repeat(27)}1 00000400 00000001 00000000 ${flags}     ${device}\n`;

test.each([
  ["nothing", "", "", false],
  ["a default route", HEAD + line4("00000000", "0003", "00000000"), "", true],
  ["one that is down", HEAD + line4("00000000", "0002", "00000000"), "", false],
  ["only the local network", HEAD + line4("0001A8C0", "0001", "00FFFFFF"), "", false],
  ["half of the addresses, as VPNs have it", HEAD + line4("00000000", "0003", "00000080"), "", false],
  ["one of IPv6", HEAD, line6("00", "00450003", "eth0"), true],
  ["the one that rejects, which every Linux has", HEAD, line6("00", "00200200", "lo"), false],
  ["one that is unreachable on a device", HEAD, line6("00", "00000201", "eth0"), false],
])("[AL35] a table of routes with %s", (_, table4, table6, is) => {
  expect(hasDefaultRoute(table4, table6)).toBe(is);
});
