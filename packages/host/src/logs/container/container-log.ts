import { isContainerName, wait } from "@muster/core";
import type { Container, LogLine, RunState } from "@muster/core";
import type { Engine, LogsAsk } from "../../engine/engine.ts";
import { reachEngine } from "../../engine/reach-engine.ts";
import type { LogRecord, LogSourceDeps, LogSourceReader, RecordAsk } from "../log-source.ts";
import { formatContainerCursor, parseContainerCursor } from "./container-cursor.ts";
import type { ContainerPlace } from "./container-cursor.ts";
import { FramesBroken, LogFrames } from "./log-frames.ts";
import type { ContainerLine } from "./log-frames.ts";

/** Lines that the server kept itself: of containers that are gone, too. */
export interface KeptLines {
  /** Oldest first; empty when nothing is kept under this name. */
  lines(name: string): Promise<readonly LogLine[]>;
}

export interface ContainerLogDeps extends LogSourceDeps {
  /** `auto`: the first that is there of Docker's own and podman's. */
  readonly containerSocket: string;
  readonly kept?: KeptLines;
}

/** While nothing comes of a container, because it ended, is not there or its engine is away, it is looked for less often. */
const LOOK_AGAIN_MS = [250, 250, 250, 500, 1_000, 2_000] as const;
/** Nothing is written to the log of a container in these until it is started anew. */
const ENDED: readonly RunState[] = ["stopped", "failed", "backing-off"];
/** Two streams of one container are written down in an order that may differ from their times by less than this. */
const DISORDER_SECONDS = 2;
const SKIPPED_LINES_MAX = 5_000;

/** Logs of containers by name. A container made anew under the same name goes on where the one before ended. */
export class ContainerLog implements LogSourceReader {
  readonly #deps: ContainerLogDeps;

  constructor(deps: ContainerLogDeps) {
    this.#deps = deps;
  }

  async *read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    if (!isContainerName(ask.name)) throw new Error("that is no name of a container");
    const reading = new ContainerReading(ask, this.#deps, signal);
    yield* reading.past();
    if (!ask.follow || signal.aborted) return;
    yield [{ is: "caught-up" }];
    yield* reading.following();
  }
}

/** One reading: where it stands, from container to container. */
class ContainerReading {
  readonly #ask: RecordAsk;
  readonly #deps: ContainerLogDeps;
  readonly #signal: AbortSignal;
  #engine: Engine | undefined;
  /** The last line told, of whichever container. */
  #place: ContainerPlace | undefined;
  /** The run that had ended before its log was read to its end: no more comes of it. */
  #finishedRun: string | undefined;

  constructor(ask: RecordAsk, deps: ContainerLogDeps, signal: AbortSignal) {
    this.#ask = ask;
    this.#deps = deps;
    this.#signal = signal;
  }

  async *past(): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const { name, afterCursor } = this.#ask;
    const container = await this.#inspect(name);
    const kept = (await this.#deps.kept?.lines(name)) ?? [];
    if (afterCursor !== undefined) return yield* this.#pastAfter(afterCursor, container, kept);
    if (container === undefined && kept.length === 0) throw new Error(`there is no container ${name} here`);
    const ofOthers = kept.filter(({ cursor }) => parseContainerCursor(cursor)?.id !== container?.id);
    if (ofOthers.length > 0) yield ofOthers.slice(-this.#ask.linesMax).map(recordOfKept);
    if (container === undefined) {
      this.#place = parseContainerCursor(kept.at(-1)?.cursor ?? "");
      return;
    }
    const { linesMax, since, until } = this.#ask;
    yield* this.#lines(container, {
      // Docker counts the tail before it looks at `until`. One line at least, so that what follows goes on from it.
      tail: until === undefined ? Math.max(linesMax, 1) : "all",
      ...(since !== undefined && { since: secondsOfInstant(since) }),
      ...(until !== undefined && { until: secondsOfInstant(until) }),
      follow: false,
    });
  }

  async *#pastAfter(
    cursor: string,
    container: Container | undefined,
    kept: readonly LogLine[],
  ): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const place = parseContainerCursor(cursor);
    if (place === undefined) throw new Error("the cursor is not one of a container");
    this.#place = place;
    if (container?.id === place.id) {
      yield* this.#goOn(container, false);
      return;
    }
    // Another one has the name: the one before may still be there under its id, or what the server kept of it.
    const before = await this.#inspect(place.id);
    const at = kept.findIndex((line) => line.cursor === cursor);
    if (before !== undefined) yield* this.#goOn(before, false);
    else if (at < 0) yield [{ is: "gap", dropped: null, why: "the container was removed, and its last lines with it" }];
    const rest = kept.slice(at + 1).filter((line) => {
      const { id } = parseContainerCursor(line.cursor) ?? {};
      return id !== container?.id && !(before !== undefined && id === before.id) && (at >= 0 || id !== place.id);
    });
    if (rest.length > 0) {
      yield rest.map(recordOfKept);
      this.#place = parseContainerCursor(rest.at(-1)!.cursor);
    }
    if (container === undefined) return;
    yield* this.#lines(container, { tail: "all", follow: false });
  }

  /** What comes from now on, of whichever container has the name. Ends with the signal only. */
  async *following(): AsyncGenerator<readonly LogRecord[], void, undefined> {
    for (let idle = 0; !this.#signal.aborted; idle++) {
      try {
        const container = await this.#inspect(this.#ask.name);
        if (container !== undefined && runOf(container) !== this.#finishedRun) {
          for await (const records of this.#rest(container)) {
            idle = 0;
            yield records;
          }
        }
      } catch (error) {
        if (error instanceof FramesBroken) throw error;
        // Docker itself is restarted, and may be another one then: reading goes on when it is back.
        this.#engine = undefined;
      }
      await wait(this.#deps.clock, LOOK_AGAIN_MS[Math.min(idle, LOOK_AGAIN_MS.length - 1)]!, this.#signal);
    }
  }

  async *#rest(container: Container): AsyncGenerator<readonly LogRecord[], void, undefined> {
    yield* this.#goOn(container, true);
    if (ENDED.includes(container.status.state)) this.#finishedRun = runOf(container);
  }

  async #inspect(idOrName: string): Promise<Container | undefined> {
    return (await this.#reach()).inspect(idOrName, this.#signal);
  }

  async #reach(): Promise<Engine> {
    this.#engine ??= await reachEngine(this.#deps.containerSocket, this.#deps.host, this.#signal);
    return this.#engine;
  }

  /** The lines of a container after the last one told of it, or all where none was. */
  async *#goOn(container: Container, follow: boolean): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const place = this.#place;
    if (place?.id !== container.id) {
      // Nothing of it was told because it had no line, or none of the time that was asked for.
      const { since } = this.#ask;
      const from = since === undefined ? {} : { since: secondsOfInstant(since) };
      yield* this.#lines(container, { tail: "all", ...from, follow });
      return;
    }
    const ask = { tail: "all", since: secondsOf(place.time, DISORDER_SECONDS), follow } as const;
    yield* this.#lines(container, ask, new Skip(place));
  }

  async *#lines(
    container: Container,
    ask: LogsAsk,
    skip?: Skip,
  ): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const body = await (await this.#reach()).logs(container.id, ask, this.#signal);
    if (body === undefined) return;
    const frames = new LogFrames(container.hasTerminal);
    const counter = new TimeCounter(container.id);
    try {
      for await (const chunk of body) {
        const lines = frames.take(chunk).map((line) => counter.place(line));
        const told = skip === undefined ? lines : skip.pass(lines);
        yield* this.#tell(told, skip);
        if (this.#signal.aborted) return;
      }
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
    if (skip !== undefined) yield* this.#tell(skip.rest(), skip);
  }

  *#tell(lines: readonly PlacedLine[], skip: Skip | undefined): Generator<readonly LogRecord[], void, undefined> {
    if (lines.length === 0) return;
    const records = lines.map(recordOf);
    if (skip?.takeLoss() === true)
      records.unshift({
        is: "gap",
        dropped: null,
        why: "Docker no longer has the last line seen: older lines were removed",
      });
    this.#place = lines.at(-1)!.place;
    yield records;
  }
}

interface PlacedLine {
  readonly line: ContainerLine;
  readonly place: ContainerPlace;
}

/** Numbers the lines of one time. */
class TimeCounter {
  readonly #id: string;
  #counts = new Map<string, number>();

  constructor(id: string) {
    this.#id = id;
  }

  place(line: ContainerLine): PlacedLine {
    const nth = (this.#counts.get(line.time) ?? 0) + 1;
    // Times so long ago do not come again.
    if (this.#counts.size > 1_000) this.#counts = new Map([...this.#counts].slice(-100));
    this.#counts.set(line.time, nth);
    return { line, place: { id: this.#id, time: line.time, nth } };
  }
}

/** Leaves out the lines up to the one told last, which is looked for in the order of the log and not of its times. */
class Skip {
  readonly #place: ContainerPlace;
  readonly #limit: string;
  #is: "looking" | "found" | "lost" = "looking";
  #isLossTold = false;
  /** Later ones that came before it: told already, unless it is not there any more. */
  #skipped: PlacedLine[] = [];

  constructor(place: ContainerPlace) {
    this.#place = place;
    const limitMs = Date.parse(place.time) + DISORDER_SECONDS * 1_000;
    this.#limit = `${new Date(limitMs).toISOString().slice(0, -1)}000000Z`;
  }

  pass(lines: readonly PlacedLine[]): readonly PlacedLine[] {
    if (this.#is !== "looking") return lines;
    for (const [index, each] of lines.entries()) {
      const { time, nth } = each.place;
      if (time === this.#place.time && nth === this.#place.nth) {
        this.#is = "found";
        this.#skipped = [];
        return lines.slice(index + 1);
      }
      if (time > this.#place.time) this.#skipped.push(each);
      if (time > this.#limit || this.#skipped.length > SKIPPED_LINES_MAX)
        return [...this.#lose(), ...lines.slice(index + 1)];
    }
    return [];
  }

  /** At the end of the log. */
  rest(): readonly PlacedLine[] {
    return this.#is === "looking" ? this.#lose() : [];
  }

  /** True once, when the line told last was not there. */
  takeLoss(): boolean {
    if (this.#is !== "lost" || this.#isLossTold) return false;
    this.#isLossTold = true;
    return true;
  }

  #lose(): readonly PlacedLine[] {
    this.#is = "lost";
    return this.#skipped;
  }
}

const recordOf = ({ line, place }: PlacedLine): LogRecord => ({
  is: "line",
  at: Date.parse(line.time),
  cursor: formatContainerCursor(place),
  level: undefined,
  text: line.text,
  stream: line.stream,
});

const recordOfKept = ({ at, cursor, level, text, stream }: LogLine): LogRecord => ({
  is: "line",
  at,
  cursor,
  level: level ?? undefined,
  text,
  stream,
});

const runOf = ({ id, status }: Container): string => status.run ?? id;

/** The instant of a line, or of milliseconds, as Docker takes it. */
const secondsOf = (time: string, beforeSeconds: number): string =>
  `${Math.floor(Date.parse(time) / 1_000) - beforeSeconds}.${time.slice(20, 29)}`;
const secondsOfInstant = (at: number): string =>
  `${Math.floor(at / 1_000)}.${String(at % 1_000).padStart(3, "0")}000000`;
