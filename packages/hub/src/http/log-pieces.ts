import { MusterError, stripColours } from "@muster/core";
import type { LogItem } from "@muster/core";
import { nextTurn } from "@muster/node-kit";
import type { LogItemView } from "@muster/protocol";
import type { MergedPiece } from "../logs/merge-by-time.ts";

export type LogFormat = "ndjson" | "text" | "json";

/** About as much as a socket takes at once. */
const PIECE_CHARACTERS = 32 * 1024;

/** An item as the API shows it. */
export const logItemView = (item: LogItem, source: number): LogItemView => ({ ...item, source });

/**
 * Logs as text, piece by piece, as fast as they are taken and as soon as they come. Throws what every source fails with,
 * when nothing came before; what one of several fails with stands in its place as a gap.
 */
export async function* logPieces(
  pieces: AsyncGenerator<MergedPiece, void, undefined>,
  labels: readonly string[],
  format: LogFormat,
): AsyncGenerator<string, void, undefined> {
  const writer = WRITERS[format](labels);
  let text = writer.begin;
  let isBegun = false;
  let isFirst = true;
  // Until something is told it may be that nothing can be.
  const failed: EndedPiece[] = [];
  const write = (view: LogItemView): void => {
    text += writer.item(view, isFirst);
    isFirst = false;
  };
  const begin = (): void => {
    isBegun = true;
    for (const piece of failed.splice(0)) write(gapOf(piece));
  };
  for await (const batch of gathered(pieces)) {
    for (const piece of batch) {
      if (piece.is === "ended") {
        if (piece.error === undefined) continue;
        if (isBegun) write(gapOf(piece));
        else failed.push(piece);
      } else if (piece.is === "caught-up") {
        // Whoever follows a log that says nothing yet must see that it is being followed: the answer begins.
        if (!isBegun) {
          begin();
          yield text;
          text = "";
        }
      } else {
        if (!isBegun) begin();
        write(logItemView(piece.item, piece.source));
      }
      if (text.length < PIECE_CHARACTERS) continue;
      yield text;
      text = "";
    }
    if (text !== "" && isBegun) {
      yield text;
      text = "";
    }
  }
  if (!isBegun && failed.length === labels.length) throw failed[0]?.error;
  if (!isBegun) begin();
  text += writer.end;
  if (text !== "") yield text;
}

type EndedPiece = Extract<MergedPiece, { readonly is: "ended" }>;

const gapOf = ({ error, source }: EndedPiece): LogItemView => ({
  gap: { dropped: null, why: sentenceOf(error) },
  source,
});

const sentenceOf = (error: unknown): string =>
  error instanceof MusterError ? error.message : "the log could not be read";

/** Steps between promises within which an item that is there already comes. */
const STEPS = 16;
const BATCH_ITEMS_MAX = 500;

/** What is there without waiting goes together. */
async function* gathered<T>(items: AsyncGenerator<T, void, undefined>): AsyncGenerator<readonly T[], void, undefined> {
  let next = items.next();
  try {
    for (;;) {
      const first = await next;
      if (first.done === true) return;
      const batch = [first.value];
      next = items.next();
      while (batch.length < BATCH_ITEMS_MAX) {
        const settled = await settledSoon(next);
        if (settled === undefined || settled.done === true) break;
        batch.push(settled.value);
        next = items.next();
      }
      yield batch;
      // Promises alone would never let anybody else have a turn.
      await nextTurn();
    }
  } finally {
    next.catch(() => undefined);
    void items.return().catch(() => undefined);
  }
}

async function settledSoon<T>(promise: Promise<T>): Promise<T | undefined> {
  let settled: T | undefined;
  promise.then(
    (value) => (settled = value),
    () => undefined,
  );
  for (let step = 0; step < STEPS && settled === undefined; step++) await Promise.resolve();
  return settled;
}

interface Writer {
  readonly begin: string;
  item(view: LogItemView, isFirst: boolean): string;
  readonly end: string;
}

const WRITERS: Readonly<Record<LogFormat, (labels: readonly string[]) => Writer>> = {
  ndjson: () => ({ begin: "", item: (view) => `${JSON.stringify(view)}\n`, end: "" }),
  json: () => ({
    begin: '{"items":[',
    item: (view, isFirst) => `${isFirst ? "" : ","}${JSON.stringify(view)}`,
    end: "]}",
  }),
  text: (labels) => ({ begin: "", item: (view) => textLine(view, labels), end: "" }),
};

/** For people and their terminals: no escape of any kind is in it. */
function textLine(view: LogItemView, labels: readonly string[]): string {
  const from = labels.length > 1 ? `${labels[view.source] ?? ""} ` : "";
  if ("gap" in view) {
    const { dropped, why } = view.gap;
    return `--- ${from}${dropped === null ? "" : `${dropped} lines left out: `}${why} ---\n`;
  }
  const time = view.at === null ? "" : `${new Date(view.at).toISOString()} `;
  return `${time}${from}${stripColours(view.text)}\n`;
}
