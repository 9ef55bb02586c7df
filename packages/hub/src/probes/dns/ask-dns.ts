import { NODATA, NOTFOUND, Resolver } from "node:dns/promises";
import type { DnsAnswer, DnsFailure, DnsQuestion, DnsType } from "@muster/core";

/** How long one datagram is waited for before it is sent anew, and how often. */
const TRY_MS = 2_000;
const TRIES = 4;

/** Asks one question, by UDP and, where the answer is too long for that, by TCP. `server`: its checked address and port; undefined: those of this machine. Never throws. */
export async function askDns(
  { server, name, type }: DnsQuestion & { readonly server: string | undefined },
  signal: AbortSignal,
): Promise<DnsAnswer> {
  const resolver = new Resolver({ timeout: TRY_MS, tries: TRIES });
  const cancel = (): void => resolver.cancel();
  if (signal.aborted) return { ok: false, failure: "timed-out" };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    if (server !== undefined) resolver.setServers([server]);
    return { ok: true, answers: await answersOf(resolver, name, type) };
  } catch (error) {
    const code = (error as { readonly code?: unknown }).code;
    return { ok: false, failure: signal.aborted ? "timed-out" : ((FAILURES[String(code)] as DnsFailure) ?? "failed") };
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

const FAILURES: Readonly<Record<string, DnsFailure>> = {
  [NOTFOUND]: "no-name",
  [NODATA]: "no-record",
  ESERVFAIL: "server-failed",
  EREFUSED: "query-refused",
  EFORMERR: "not-understood",
  ENOTIMP: "not-understood",
  EBADRESP: "bad-answer",
  EBADNAME: "not-valid",
  ECONNREFUSED: "nothing-listens",
  ETIMEOUT: "timed-out",
  ECANCELLED: "timed-out",
};

/** Each record as it stands in a zone, without its name and type. */
async function answersOf(resolver: Resolver, name: string, type: DnsType): Promise<readonly string[]> {
  switch (type) {
    case "A":
      return resolver.resolve4(name);
    case "AAAA":
      return resolver.resolve6(name);
    case "CNAME":
      return resolver.resolveCname(name);
    case "NS":
      return resolver.resolveNs(name);
    case "PTR":
      return resolver.resolvePtr(name);
    case "TXT":
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(""));
    case "MX":
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`);
    case "SRV":
      return (await resolver.resolveSrv(name)).map((one) => `${one.priority} ${one.weight} ${one.port} ${one.name}`);
    case "CAA":
      return (await resolver.resolveCaa(name)).map(({ critical, ...rest }) => {
        const [tag = "", value = ""] = Object.entries(rest).find(([key]) => key !== "type") ?? [];
        return `${critical} ${tag} ${String(value)}`;
      });
    case "SOA": {
      const soa = await resolver.resolveSoa(name);
      return [[soa.nsname, soa.hostmaster, soa.serial, soa.refresh, soa.retry, soa.expire, soa.minttl].join(" ")];
    }
  }
}
