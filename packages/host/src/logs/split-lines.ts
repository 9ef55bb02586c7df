import { RAW_LINE_BYTES_MAX } from "./log-source.ts";

export interface SplitLine {
  readonly text: string;
  /** Where the next line begins, counted from the first byte of the block. */
  readonly endByte: number;
}

const NEWLINE = 10;
const decoder = new TextDecoder();

/** The whole lines of a block that begins with a line; what stands behind the last line end is left. */
export function splitLines(block: Uint8Array, lineBytesMax = RAW_LINE_BYTES_MAX): readonly SplitLine[] {
  const lines: SplitLine[] = [];
  const lastEnd = block.lastIndexOf(NEWLINE);
  if (lastEnd < 0) return lines;
  // Bytes and characters are the same in most logs; then one decoding does for all lines.
  const whole = decoder.decode(block.subarray(0, lastEnd + 1));
  const isPlain = whole.length === lastEnd + 1;
  for (let start = 0; start <= lastEnd;) {
    const end = block.indexOf(NEWLINE, start);
    const cutEnd = Math.min(end, start + lineBytesMax);
    const text = isPlain ? whole.slice(start, cutEnd) : decoder.decode(block.subarray(start, cutEnd));
    lines.push({ text: cutEnd < end ? `${text}${cutMark(end - cutEnd)}` : text, endByte: end + 1 });
    start = end + 1;
  }
  return lines;
}

export function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** The text of bytes that have no line end (yet). */
export function textOf(bytes: Uint8Array): string {
  const text = decoder.decode(bytes.subarray(0, RAW_LINE_BYTES_MAX));
  return bytes.length > RAW_LINE_BYTES_MAX ? `${text}${cutMark(bytes.length - RAW_LINE_BYTES_MAX)}` : text;
}

const cutMark = (bytes: number): string => ` … [${bytes} bytes more in this line]`;
