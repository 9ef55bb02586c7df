import { BlockList, isIP } from "node:net";
import type { IncomingMessage } from "node:http";

/** Who is at the other end: the socket's address, or what a trusted proxy says it is. Nobody else is believed. */
export class ClientAddress {
  readonly #trusted = new BlockList();

  constructor(trustedProxies: readonly string[]) {
    for (const entry of trustedProxies) {
      const [address = "", prefix] = entry.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (isIP(address) === 0) continue;
      if (prefix === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(prefix), family);
    }
  }

  /** The nearest address in the chain that is no trusted proxy. */
  of(request: IncomingMessage): string {
    let address = plain(request.socket.remoteAddress ?? "");
    const header = request.headers["x-forwarded-for"];
    const chain = (Array.isArray(header) ? header.join(",") : (header ?? ""))
      .split(",")
      .map((part) => plain(part.trim()));
    while (this.#isTrusted(address)) {
      const next = chain.pop();
      if (next === undefined || isIP(next) === 0) break;
      address = next;
    }
    return address;
  }

  #isTrusted(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#trusted.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "");
