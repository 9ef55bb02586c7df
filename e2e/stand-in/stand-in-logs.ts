import type { LogItemView } from "@muster/protocol";
import { HOSTILE } from "./stand-in-servers.ts";

const TEXTS: readonly (readonly [number, string])[] = [
  [6, "GET /api/orders?page=2 200 14 ms"],
  [6, "\u001b[32minfo\u001b[0m order 8831 paid, 3 items, \u001b[1mEUR 42.10\u001b[0m"],
  [7, "cache hit rate over the last minute: 0.94"],
  [
    4,
    "\u001b[33mslow query\u001b[0m 812 ms: select * from orders where customer_id = $1 order by created_at desc limit 50",
  ],
  [3, "\u001b[31mError:\u001b[0m connect ECONNREFUSED 10.0.0.12:6379"],
  [6, `upload named ${HOSTILE}`],
  [6, "\u001b]8;;http://evil.example\u0007a link\u001b]8;;\u0007 and a title \u001b]0;owned\u0007 stay out"],
  [6, "POST /api/orders 201 31 ms"],
];

/** The n-th line of a source; the same number is always the same line. */
export function logItem(number: number, source: number, at: number): LogItemView {
  const [level, text] = TEXTS[(number * 7 + source * 3) % TEXTS.length]!;
  return { at, cursor: `c${number}`, level, text, stream: level <= 4 ? "stderr" : "stdout", source };
}

/** The newest lines of some sources, oldest first, with a gap in the middle. */
export function newestLines(count: number, sources: number, now: number): readonly LogItemView[] {
  return Array.from({ length: count }, (_one, index): LogItemView => {
    const source = index % sources;
    if (index === count - 12) return { gap: { dropped: 1_204, why: "this page did not keep up" }, source };
    return logItem(index, source, now - (count - index) * 730);
  });
}
