import { RAW_LINE_BYTES_MAX } from "../log-source.ts";
import { concatenated, splitLines } from "../split-lines.ts";

/** One line as Docker keeps it. */
export interface ContainerLine {
  /** RFC 3339 with nine digits of a second, in UTC: sorts as text. */
  readonly time: string;
  readonly text: string;
  readonly stream: "stdout" | "stderr" | null;
}

/** What Docker sends is not what it says it sends. */
export class FramesBroken extends Error {}

const HEADER_BYTES = 8;
const FRAME_BYTES_MAX = 16 * 1024 * 1024;
const NEWLINE = 10;
/** Docker writes UTC, podman the zone of its machine. */
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{9})(Z|[+-]\d\d:\d\d) /;
const decoder = new TextDecoder();

/**
 * Takes a log apart: without a terminal each entry is a frame with a header of eight bytes, with one the entries follow
 * each other raw. Every entry begins with its time. A long line comes as several entries, the last of which ends it.
 */
export class LogFrames {
  readonly #isTty: boolean;
  #rest: Uint8Array = new Uint8Array(0);
  readonly #begun = new Map<string, ContainerLine>();

  constructor(isTty: boolean) {
    this.#isTty = isTty;
  }

  take(chunk: Uint8Array): readonly ContainerLine[] {
    const block = this.#rest.length === 0 ? chunk : concatenated(this.#rest, chunk);
    return this.#isTty ? this.#raw(block) : this.#framed(block);
  }

  #raw(block: Uint8Array): readonly ContainerLine[] {
    const lines = splitLines(block);
    this.#rest = block.slice(lines.at(-1)?.endByte ?? 0);
    // Docker cuts lines at 16 KiB, so a longer rest is no line of its.
    if (this.#rest.length > FRAME_BYTES_MAX) throw new FramesBroken("a line of Docker's does not end");
    return lines.flatMap(({ text }) => entryOf(text, null) ?? []);
  }

  #framed(block: Uint8Array): readonly ContainerLine[] {
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    const lines: ContainerLine[] = [];
    let at = 0;
    while (block.length - at >= HEADER_BYTES) {
      const kind = block[at]!;
      const length = view.getUint32(at + 4);
      if (kind > 2 || length > FRAME_BYTES_MAX) throw new FramesBroken("Docker's frames cannot be read");
      const end = at + HEADER_BYTES + length;
      if (end > block.length) break;
      const line = this.#entry(block.subarray(at + HEADER_BYTES, end), kind === 2 ? "stderr" : "stdout");
      if (line !== undefined) lines.push(line);
      at = end;
    }
    this.#rest = block.slice(at);
    return lines;
  }

  #entry(payload: Uint8Array, stream: "stdout" | "stderr"): ContainerLine | undefined {
    const isWhole = payload.at(-1) === NEWLINE;
    const entry = entryOf(decoder.decode(isWhole ? payload.subarray(0, -1) : payload), stream);
    if (entry === undefined) return undefined;
    const begun = this.#begun.get(stream);
    const line =
      begun === undefined ? entry : { ...begun, text: (begun.text + entry.text).slice(0, RAW_LINE_BYTES_MAX) };
    if (isWhole) this.#begun.delete(stream);
    else this.#begun.set(stream, line);
    return isWhole ? line : undefined;
  }
}

function entryOf(text: string, stream: ContainerLine["stream"]): ContainerLine | undefined {
  const found = STAMP.exec(text);
  if (found === null) return undefined;
  const [stamp, second, fraction, zone] = found as unknown as readonly [string, string, string, string];
  const utc = zone === "Z" ? second : new Date(`${second}${zone}`).toISOString().slice(0, 19);
  return { time: `${utc}${fraction}Z`, text: text.slice(stamp.length), stream };
}
