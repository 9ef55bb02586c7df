import { parseCount } from "./text.ts";

/** One line of `df -PB1`. */
export interface DfRow {
  readonly source: string;
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  readonly mountPoint: string;
}

/** The output of `df -PB1`: "source total used available percent mount" a line; others are skipped. */
export function parseDfOutput(text: string): DfRow[] {
  const rows: DfRow[] = [];
  for (const line of text.split("\n").slice(1)) {
    const match = /^(.+?) +(\d+) +(\d+) +(\d+) +(?:\d+%|-) (\/.*)$/.exec(line);
    const [totalBytes, usedBytes, availableBytes] = [match?.[2], match?.[3], match?.[4]].map(parseCount);
    if (match?.[1] === undefined || match[5] === undefined) continue;
    if (totalBytes === undefined || usedBytes === undefined || availableBytes === undefined) continue;
    rows.push({ source: match[1], totalBytes, usedBytes, availableBytes, mountPoint: match[5] });
  }
  return rows;
}
