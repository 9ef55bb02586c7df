import type { DnsFailure, DnsType } from "./dns-answers.ts";

/** What a name server said to one question. */
export type DnsAnswer =
  | { readonly ok: true; readonly answers: readonly string[] }
  | { readonly ok: false; readonly failure: DnsFailure };

/** One question; of PTR the name under `arpa`. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: DnsType;
}

const TYPE_NUMBERS: Readonly<Record<DnsType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  CAA: 257,
};
const INTERNET = 1;
const RECURSION_DESIRED = 0x0100;
const HEADER_BYTES = 12;
const NAME_BYTES_MAX = 255;
const LABEL_BYTES_MAX = 63;
/** Of one name, to what stands elsewhere. */
const JUMPS_MAX = 32;
const NO_ERROR = 0;
const FAILURES: Readonly<Record<number, DnsFailure>> = {
  1: "not-understood",
  2: "server-failed",
  3: "no-name",
  4: "not-understood",
  5: "query-refused",
};

/** What is asked for (RFC 1035), without the length that goes before it over TCP; undefined when the name is none. */
export function encodeDnsQuery({ name, type }: DnsQuestion, id: number): Uint8Array | undefined {
  const labels = name.replace(/\.$/, "").split(".");
  const bytes = [...words(id, RECURSION_DESIRED, 1, 0, 0, 0)];
  for (const label of labels) {
    if (!/^[\x21-\x7e]+$/.test(label) || label.length > LABEL_BYTES_MAX) return undefined;
    bytes.push(label.length, ...Array.from(label, (character) => character.charCodeAt(0)));
  }
  bytes.push(0);
  if (bytes.length - HEADER_BYTES > NAME_BYTES_MAX) return undefined;
  return Uint8Array.from([...bytes, ...words(TYPE_NUMBERS[type], INTERNET)]);
}

/** Reads the answer to a question, each record as it stands in a zone, without its name and type. */
export function decodeDnsAnswer(message: Uint8Array, { name, type }: DnsQuestion, id: number): DnsAnswer {
  try {
    return answerIn(new Reader(message), { name, type }, id);
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, failure: "bad-answer" };
    throw error;
  }
}

function answerIn(reader: Reader, { name, type }: DnsQuestion, id: number): DnsAnswer {
  const [answeredId, flags, questions, records] = [reader.word(), reader.word(), reader.word(), reader.word()];
  reader.skip(4);
  const isAnswer = (flags & 0x8000) !== 0;
  const isCut = (flags & 0x0200) !== 0;
  if (answeredId !== id || !isAnswer || isCut) throw new RangeError("no answer to this question");
  const code = flags & 0xf;
  // One that did not understand the question may leave it out.
  if (questions === 0 && code !== NO_ERROR) return { ok: false, failure: FAILURES[code] ?? "failed" };
  const asked = name.replace(/\.$/, "").toLowerCase();
  const isSame = questions === 1 && reader.name().toLowerCase() === asked && reader.word() === TYPE_NUMBERS[type];
  if (!isSame || reader.word() !== INTERNET) throw new RangeError("an answer to another question");
  if (code !== NO_ERROR) return { ok: false, failure: FAILURES[code] ?? "failed" };
  const answers: string[] = [];
  for (let left = records; left > 0; left--) {
    reader.name();
    const [recordType, recordClass] = [reader.word(), reader.word()];
    reader.skip(4);
    const data = reader.part(reader.word());
    if (recordType === TYPE_NUMBERS[type] && recordClass === INTERNET) answers.push(RECORDS[type](data));
  }
  return answers.length > 0 ? { ok: true, answers } : { ok: false, failure: "no-record" };
}

const RECORDS: Readonly<Record<DnsType, (data: Reader) => string>> = {
  A: (data) => Array.from(data.take(4)).join("."),
  AAAA: (data) => ipv6Text(Array.from({ length: 8 }, () => data.word())),
  CNAME: (data) => data.name(),
  NS: (data) => data.name(),
  PTR: (data) => data.name(),
  MX: (data) => `${data.word()} ${data.name()}`,
  SRV: (data) => `${data.word()} ${data.word()} ${data.word()} ${data.name()}`,
  SOA: (data) => [data.name(), data.name(), ...Array.from({ length: 5 }, () => data.long())].join(" "),
  CAA: (data) => `${data.byte()} ${latin1(data.take(data.byte()))} ${latin1(data.rest())}`,
  TXT: (data) => {
    let text = "";
    while (!data.isRead) text += latin1(data.take(data.byte()));
    return text;
  },
};

/** Reads a message from the front. Throws RangeError where there is less than it should be. */
class Reader {
  readonly #message: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(message: Uint8Array, from = 0, end = message.length) {
    this.#message = message;
    this.#at = from;
    this.#end = end;
  }

  get isRead(): boolean {
    return this.#at === this.#end;
  }

  take(bytes: number): Uint8Array {
    if (this.#at + bytes > this.#end) throw new RangeError("it ends too early");
    return this.#message.subarray(this.#at, (this.#at += bytes));
  }

  skip(bytes: number): void {
    this.take(bytes);
  }

  rest(): Uint8Array {
    return this.take(this.#end - this.#at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  word(): number {
    return this.byte() * 0x100 + this.byte();
  }

  long(): number {
    return this.word() * 0x1_0000 + this.word();
  }

  /** The next bytes by themselves; names in them may lead back to what is before them. */
  part(bytes: number): Reader {
    const from = this.#at;
    this.skip(bytes);
    return new Reader(this.#message, from, from + bytes);
  }

  /** A name without the dot at its end, labels escaped as in a zone. Where it leads elsewhere, that must lie before it. */
  name(): string {
    const labels: string[] = [];
    let bytes = 0;
    let jumps = 0;
    let elsewhere: Reader | undefined;
    for (;;) {
      const reader = elsewhere ?? this;
      const from = reader.#at;
      const length = reader.byte();
      if (length === 0) return labels.join(".");
      if (length >= 0xc0) {
        const at = (length - 0xc0) * 0x100 + reader.byte();
        if (at >= from || ++jumps > JUMPS_MAX) throw new RangeError("a name leads forward, or too often elsewhere");
        elsewhere = new Reader(this.#message, at, from);
        continue;
      }
      bytes += length + 1;
      if (length > LABEL_BYTES_MAX || bytes > NAME_BYTES_MAX) throw new RangeError("a name is too long");
      labels.push(labelText(reader.take(length)));
    }
  }
}

const words = (...numbers: readonly number[]): readonly number[] => numbers.flatMap((one) => [one >> 8, one & 0xff]);
/** Bytes that no standard gives a character set: Latin-1, as the hub's own resolver reads them. */
const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

const labelText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    if (character === "." || character === "\\") return `\\${character}`;
    return byte > 0x20 && byte < 0x7f ? character : `\\${`${byte}`.padStart(3, "0")}`;
  }).join("");

/** Eight groups as an address is written: the first of the longest runs of zeros, of two at least, left out. */
function ipv6Text(groups: readonly number[]): string {
  const runAt = (from: number): number => groups.slice(from).findIndex((group) => group !== 0);
  const lengths = groups.map((_, from) => (runAt(from) === -1 ? groups.length - from : runAt(from)));
  const longest = Math.max(...lengths);
  const text = (some: readonly number[]): string => some.map((group) => group.toString(16)).join(":");
  if (longest < 2) return text(groups);
  const at = lengths.indexOf(longest);
  return `${text(groups.slice(0, at))}::${text(groups.slice(at + longest))}`;
}
