/** Records that can be asked for. */
export const DNS_TYPES = ["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SRV", "CAA", "SOA", "PTR"] as const;
export type DnsType = (typeof DNS_TYPES)[number];

/** Why there is no answer, and the one sentence for people. */
export const DNS_FAILURES = {
  "no-name": "the name does not exist (NXDOMAIN)",
  "no-record": "the name has no record of this type",
  "server-failed": "the name server failed to find out (SERVFAIL)",
  "query-refused": "the name server refuses to answer this (REFUSED)",
  "not-understood": "the name server does not know such a query (FORMERR or NOTIMP)",
  "bad-answer": "what came back is no answer to the query",
  "not-valid": "the name is not valid",
  "nothing-listens": "nothing listens there",
  "timed-out": "no answer in time",
  cut: "the connection was ended without an answer",
  failed: "the name server could not be asked",
} as const;
export type DnsFailure = keyof typeof DNS_FAILURES;

/** The eight groups of an address of IPv6, or undefined when it is none. Addresses with an IPv4 part at their end are none. */
function groupsOf(address: string): readonly string[] | undefined {
  if (address.length > 39 || !/^[0-9a-f:]+$/i.test(address)) return undefined;
  const [head = "", tail, ...more] = address.toLowerCase().split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const missing = 8 - first.length - last.length;
  if (more.length > 0 || (tail === undefined ? missing !== 0 : missing < 1)) return undefined;
  const all = [...first, ...Array.from({ length: missing }, () => "0"), ...last];
  return all.every((group) => /^[0-9a-f]{1,4}$/.test(group)) ? all.map((group) => group.padStart(4, "0")) : undefined;
}

/** The name under which a PTR record stands: of an address its place under `arpa`, of another name itself. */
export function pointerName(name: string): string {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(name)) return `${name.split(".").reverse().join(".")}.in-addr.arpa`;
  const groups = groupsOf(name);
  return groups === undefined ? name : `${groups.join("").split("").reverse().join(".")}.ip6.arpa`;
}

/**
 * Whether a text is one of the answers. Names are the same in any case and with a dot at their end, addresses of IPv6 in
 * any spelling; of MX, SRV and CAA the last word is enough, of SOA the first.
 */
export function isAmongAnswers(type: DnsType, answers: readonly string[], expected: string): boolean {
  const same = (text: string): string => {
    if (type === "TXT") return text;
    const plain = text.trim().toLowerCase().replace(/\.$/, "");
    return groupsOf(plain)?.join(":") ?? plain;
  };
  const wanted = same(expected);
  return answers.some((answer) => {
    const words = answer.split(" ");
    const part = type === "MX" || type === "SRV" || type === "CAA" ? words.at(-1) : type === "SOA" ? words[0] : answer;
    return same(answer) === wanted || same(part ?? "") === wanted;
  });
}
