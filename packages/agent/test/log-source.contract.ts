import type { LogItem, LogLine, LogQuery, LogSource } from "@muster/core";
import type { LogReader } from "@muster/host";
import { waitFor } from "@muster/testkit";
import { describe, expect, test } from "vitest";

/** A real log of one kind that the test writes to. */
export interface LogFixture extends AsyncDisposable {
  /** Makes a reader anew, as an agent that was restarted would. */
  reader(): LogReader;
  readonly source: LogSource;
  write(...lines: readonly string[]): Promise<void>;
  /** Puts what is there aside, as this kind does: rotation, a new container, a new run. Lines stay readable. */
  moveOn(): Promise<void>;
}

/** What a reading gave, as it comes. */
export interface Reading {
  readonly items: LogItem[];
  readonly texts: () => readonly string[];
  readonly gaps: () => readonly string[];
  readonly isCaughtUp: () => boolean;
  stop(): Promise<void>;
  /** Until it ends by itself; rejects as it does. */
  readonly ended: Promise<void>;
}

export function startReading(reader: LogReader, query: LogQuery): Reading {
  const stop = new AbortController();
  const items: LogItem[] = [];
  let isCaughtUp = false;
  const ended = (async () => {
    for await (const item of reader.read(query, stop.signal)) {
      if ("caughtUp" in item) isCaughtUp = true;
      else items.push(item);
    }
  })();
  ended.catch(() => undefined);
  return {
    items,
    texts: () => items.flatMap((item) => ("text" in item ? [item.text] : [])),
    gaps: () => items.flatMap((item) => ("gap" in item ? [item.gap.why] : [])),
    isCaughtUp: () => isCaughtUp,
    ended,
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

const WAIT_MS = 15_000;
const numbered = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
const lastCursor = (reading: Reading): string =>
  reading.items.flatMap((item) => ("text" in item ? [(item as LogLine).cursor] : [])).at(-1) ?? "";

/** What every kind of log must do, on the real thing. */
export function logSourceContract(kind: string, open: () => Promise<LogFixture>): void {
  describe(`a log of ${kind}`, () => {
    const until = (reading: Reading, texts: readonly string[]): Promise<unknown> =>
      waitFor(() => reading.texts().length >= texts.length, {
        timeoutMs: WAIT_MS,
        describe: () => `${texts.length} lines; came ${JSON.stringify(reading.items).slice(-1_500)}`,
      });

    test("[LG1] the last lines come in their order, oldest first, and no others", async () => {
      await using log = await open();
      await log.write(...numbered(0, 30));
      const reading = startReading(log.reader(), { ...log.source, linesMax: 5, follow: false });
      await reading.ended;
      expect(reading.texts()).toEqual(numbered(25, 30));
      const all = startReading(log.reader(), { ...log.source, linesMax: 1_000, follow: false });
      await all.ended;
      expect(all.texts()).toEqual(numbered(0, 30));
    });

    test("[LG2] what is written while it is followed comes once, after the word that the past is out", async () => {
      await using log = await open();
      await log.write(...numbered(0, 3));
      const reading = startReading(log.reader(), { ...log.source, linesMax: 2, follow: true });
      await waitFor(reading.isCaughtUp, { timeoutMs: WAIT_MS, describe: "the past is out" });
      await log.write(...numbered(3, 6));
      await log.write(...numbered(6, 8));
      await until(reading, numbered(1, 8));
      await reading.stop();
      expect([reading.texts(), reading.gaps()]).toEqual([numbered(1, 8), []]);
    });

    test("[LG3] reading goes on after a cursor, in a new agent and across rotation, without gap and double", async () => {
      await using log = await open();
      await log.write(...numbered(0, 10));
      const first = startReading(log.reader(), { ...log.source, linesMax: 100, follow: false });
      await first.ended;
      await log.write(...numbered(10, 14));
      const again = startReading(log.reader(), {
        ...log.source,
        linesMax: 0,
        afterCursor: lastCursor(first),
        follow: false,
      });
      await again.ended;
      expect([again.texts(), again.gaps()]).toEqual([numbered(10, 14), []]);
      await log.write(...numbered(14, 16));
      await log.moveOn();
      await log.write(...numbered(16, 20));
      const third = startReading(log.reader(), {
        ...log.source,
        linesMax: 0,
        afterCursor: lastCursor(again),
        follow: true,
      });
      await until(third, numbered(14, 20));
      await log.write("line 20");
      await until(third, numbered(14, 21));
      await third.stop();
      expect([third.texts(), third.gaps()]).toEqual([numbered(14, 21), []]);
    });

    test("[LG3] rotation while it is followed loses nothing and doubles nothing", async () => {
      await using log = await open();
      await log.write("line 0");
      const reading = startReading(log.reader(), { ...log.source, linesMax: 10, follow: true });
      await waitFor(reading.isCaughtUp, { timeoutMs: WAIT_MS, describe: "the past is out" });
      for (let round = 0; round < 3; round++) {
        await log.write(...numbered(1 + round * 4, 3 + round * 4));
        await until(reading, numbered(0, 3 + round * 4));
        await log.moveOn();
        await log.write(...numbered(3 + round * 4, 5 + round * 4));
      }
      await until(reading, numbered(0, 13));
      await reading.stop();
      expect([reading.texts(), reading.gaps()]).toEqual([numbered(0, 13), []]);
    });

    test("[LG5] secrets and escapes are taken out, and the search sees what is left", async () => {
      await using log = await open();
      await log.write("password=hunter2 ok", "plain \u001b[31mred\u001b[0m \u001b]0;title\u0007end", "other");
      const reading = startReading(log.reader(), { ...log.source, linesMax: 10, follow: false });
      await reading.ended;
      expect(reading.texts()[0]).toBe("password=[redacted] ok");
      expect(reading.texts()[1]).toContain("end");
      expect(JSON.stringify(reading.items)).not.toMatch(/title|hunter2/);
      const search = { text: "hunter|^oth.r$", isExpression: true };
      const found = startReading(log.reader(), { ...log.source, linesMax: 10, follow: false, search });
      await found.ended;
      expect(found.texts()).toEqual(["other"]);
    });

    test("[LG6] an abort ends it, whatever it is doing", async () => {
      await using log = await open();
      await log.write("line 0");
      const reading = startReading(log.reader(), { ...log.source, linesMax: 10, follow: true });
      await waitFor(reading.isCaughtUp, { timeoutMs: WAIT_MS, describe: "the past is out" });
      await reading.stop();
      const before = reading.items.length;
      await log.write("line 1");
      expect(reading.items.length).toBe(before);
    });
  });
}
