import { BlockList, isIP } from "node:net";

/** Networks that nothing outside has a reason to send us to: [first address, prefix, what it is]. */
const BLOCKED: readonly (readonly [string, number, string])[] = [
  ["0.0.0.0", 8, "this machine"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "carrier-grade NAT"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "link-local"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "special"],
  ["192.0.2.0", 24, "documentation"],
  ["192.88.99.0", 24, "6to4 relay"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "benchmarking"],
  ["198.51.100.0", 24, "documentation"],
  ["203.0.113.0", 24, "documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["240.0.0.0", 4, "reserved"],
  ["::", 128, "this machine"],
  ["::1", 128, "loopback"],
  // An IPv4 address in other clothes: ::a.b.c.d, ::ffff:a.b.c.d, NAT64, 6to4, Teredo.
  ["::", 96, "an IPv4 address in IPv6"],
  ["::ffff:0:0", 96, "an IPv4 address in IPv6"],
  ["::ffff:0:0:0", 96, "an IPv4 address in IPv6"],
  ["64:ff9b::", 96, "an IPv4 address in IPv6"],
  ["64:ff9b:1::", 48, "an IPv4 address in IPv6"],
  ["2001::", 32, "an IPv4 address in IPv6"],
  ["2002::", 16, "an IPv4 address in IPv6"],
  ["100::", 64, "discarded"],
  ["2001:db8::", 32, "documentation"],
  ["3fff::", 20, "documentation"],
  ["5f00::", 16, "segment routing"],
  ["fc00::", 7, "private"],
  ["fe80::", 10, "link-local"],
  ["fec0::", 10, "site-local"],
  ["ff00::", 8, "multicast"],
];

/** Where clouds hand out the machine's own credentials: these never open, whoever lists them. */
const METADATA = [
  "169.254.169.254",
  "169.254.170.2",
  "169.254.170.23",
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
];
const METADATA_6 = ["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fe80::a9fe:a9fe"];

const lists = BLOCKED.map(([address, prefix, what]) => {
  const list = new BlockList();
  list.addSubnet(address, prefix, address.includes(":") ? "ipv6" : "ipv4");
  return { list, what, family: address.includes(":") ? 6 : 4 };
});

const metadata = new BlockList();
for (const address of METADATA) {
  metadata.addAddress(address, "ipv4");
  for (const prefix of ["64:ff9b::", "::ffff:0:"]) metadata.addAddress(`${prefix}${address}`, "ipv6");
}
for (const address of METADATA_6) metadata.addAddress(address, "ipv6");

/**
 * `open`: an ordinary address of the internet. `blocked`: only for whoever listed exactly this target. `never`: for
 * nobody. What is no address at all is `never`, too.
 */
export type AddressVerdict = { readonly is: "open" } | { readonly is: "blocked" | "never"; readonly what: string };

/** What may be done with an address that a name has come to. */
export function addressVerdict(address: string): AddressVerdict {
  const family = isIP(address);
  // A zone (`fe80::1%eth0`) is link-local at best.
  if (family === 0 || address.includes("%")) return { is: "never", what: "not an address" };
  const kind = family === 6 ? "ipv6" : "ipv4";
  if (metadata.check(address, kind)) return { is: "never", what: "a cloud's metadata" };
  const found = lists.find(({ list, family: of }) => of === family && list.check(address, kind));
  return found === undefined ? { is: "open" } : { is: "blocked", what: found.what };
}
