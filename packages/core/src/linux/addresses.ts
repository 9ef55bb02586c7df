import type { MachineAddress } from "./machine-facts.ts";

interface Route {
  readonly interface: string;
  readonly network: number;
  readonly mask: number;
}

/**
 * The machine's own IPv4 addresses: local entries of /proc/net/fib_trie; the interface comes from the directly connected
 * network in /proc/net/route that holds the address. Loopback (127/8) and link-local (169.254/16) are left out.
 */
export function parseIpv4Addresses(fibTrie: string, routes: string): MachineAddress[] {
  const connected = parseConnectedRoutes(routes);
  const seen = new Set<string>();
  const lines = fibTrie.split("\n");
  for (let index = 0; index + 1 < lines.length; index += 1) {
    const address = /^\s*\|-- (\d{1,3}(?:\.\d{1,3}){3})$/.exec(lines[index] ?? "")?.[1];
    if (address !== undefined && /^\s*\/32 host LOCAL/.test(lines[index + 1] ?? "")) seen.add(address);
  }
  return [...seen]
    .filter((address) => !/^(?:127|169\.254)\./.test(address))
    .map((address) => {
      const number = ipv4Number(address);
      const route = connected.find(({ network, mask }) => (number & mask) >>> 0 === network);
      return route === undefined
        ? { family: "ipv4", address }
        : { family: "ipv4", address, interface: route.interface };
    });
}

/** Routes without a gateway, longest mask first. Numbers stand in /proc/net/route as little-endian hexadecimal. */
function parseConnectedRoutes(text: string): Route[] {
  const routes: Route[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [name, destination, gateway, , , , , mask] = line.split("\t").map((field) => field.trim());
    if (!name || gateway !== "00000000" || !isHex(destination) || !isHex(mask) || mask === "00000000") continue;
    routes.push({ interface: name, network: littleEndian(destination), mask: littleEndian(mask) });
  }
  return routes.sort((a, b) => b.mask - a.mask);
}

const isHex = (text: string | undefined): text is string => text !== undefined && /^[0-9A-Fa-f]{8}$/.test(text);

const littleEndian = (hex: string): number => Number.parseInt((hex.match(/../g) ?? []).toReversed().join(""), 16) >>> 0;

const ipv4Number = (address: string): number =>
  address.split(".").reduce((number, part) => ((number << 8) | (Number(part) & 255)) >>> 0, 0);

/** The machine's own IPv6 addresses of global or unique-local scope: /proc/net/if_inet6, "32 hex digits, index, prefix, scope, flags, name". */
export function parseIpv6Addresses(text: string): MachineAddress[] {
  const addresses: MachineAddress[] = [];
  for (const line of text.split("\n")) {
    const match = /^([0-9a-f]{32}) \S+ \S+ ([0-9a-f]{2}) ([0-9a-f]{2,}) +(\S{1,15})$/.exec(line);
    // Scope 00 is global (unique-local too); flag 01 marks the short-lived addresses of privacy extensions.
    if (match?.[1] === undefined || match[2] !== "00" || match[4] === undefined) continue;
    if ((Number.parseInt(match[3] ?? "0", 16) & 1) === 1) continue;
    addresses.push({ family: "ipv6", address: compressIpv6(match[1]), interface: match[4] });
  }
  return addresses;
}

/** 32 hexadecimal digits in the short form of RFC 5952. */
function compressIpv6(hex: string): string {
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, ""));
  const joined = groups.join(":");
  const runs = [...joined.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map((run) => run[0]);
  const longest = runs.reduce((best, run) => (zeros(run) > zeros(best) ? run : best), "");
  if (longest === "") return joined;
  const at = joined.indexOf(longest);
  return `${joined.slice(0, at)}::${joined.slice(at + longest.length).replace(/^:/, "")}`;
}

const zeros = (run: string): number => run.split("0").length;
