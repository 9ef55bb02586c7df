import { wait } from "@muster/core";
import type { LogLine } from "@muster/core";
import type { LogRecord, LogSourceDeps, LogSourceReader, RecordAsk } from "../log-source.ts";
import { formatContainerCursor, parseContainerCursor } from "./container-cursor.ts";
import type { ContainerPlace } from "./container-cursor.ts";
import { DockerSocket, secondsOf, secondsOfInstant } from "./docker-socket.ts";
import type { ContainerFacts, ContainerLogAsk } from "./docker-socket.ts";
import { FramesBroken, LogFrames } from "./log-frames.ts";
import type { ContainerLine } from "./log-frames.ts";

/** Lines that the server kept itself: of containers that are gone, too. */
export interface KeptLines {
  /** Oldest first; empty when nothing is kept under this name. */
  lines(name: string): Promise<readonly LogLine[]>;
}

export interface ContainerLogDeps extends LogSourceDeps {
  readonly socketPath?: string;
  readonly kept?: KeptLines;
}

/** A container that ended or is not there is looked for again so often. */
const LOOK_AGAIN_MS = 250;
/** Two streams of one container are written down in an order that may differ from their times by less than this. */
const DISORDER_SECONDS = 2;
const SKIPPED_LINES_MAX = 5_000;

/** Logs of containers by name. A container made anew under the same name goes on where the one before ended. */
export class ContainerLog implements LogSourceReader {
  readonly #deps: ContainerLogDeps;
  readonly #docker: DockerSocket;

  constructor(deps: ContainerLogDeps) {
    this.#deps = deps;
    this.#docker = new DockerSocket(deps.host, deps.socketPath);
  }

  async *read(ask: RecordAsk, signal: AbortSignal): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const reading = new ContainerReading(ask, this.#docker, this.#deps, signal);
    yield* reading.past();
    if (!ask.follow || signal.aborted) return;
    yield [{ is: "caught-up" }];
    yield* reading.following();
  }
}

/** One reading: where it stands, from container to container. */
class ContainerReading {
  readonly #ask: RecordAsk;
  readonly #docker: DockerSocket;
  readonly #deps: ContainerLogDeps;
  readonly #signal: AbortSignal;
  /** The last line told, of whichever container. */
  #place: ContainerPlace | undefined;
  /** The container whose log was read to its end. */
  #readId: string | undefined;

  constructor(ask: RecordAsk, docker: DockerSocket, deps: ContainerLogDeps, signal: AbortSignal) {
    this.#ask = ask;
    this.#docker = docker;
    this.#deps = deps;
    this.#signal = signal;
  }

  async *past(): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const { name, afterCursor } = this.#ask;
    const container = await this.#docker.inspect(name, this.#signal);
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
      // Docker counts the tail before it looks at `until`.
      tail: until === undefined ? linesMax : "all",
      ...(since !== undefined && { since: secondsOfInstant(since) }),
      ...(until !== undefined && { until: secondsOfInstant(until) }),
      follow: false,
    });
    this.#readId = container.id;
  }

  async *#pastAfter(
    cursor: string,
    container: ContainerFacts | undefined,
    kept: readonly LogLine[],
  ): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const place = parseContainerCursor(cursor);
    if (place === undefined) throw new Error("the cursor is not one of a container");
    this.#place = place;
    if (container?.id === place.id) {
      yield* this.#goOn(container, false);
      this.#readId = container.id;
      return;
    }
    // Another one has the name: the one before may still be there under its id, or what the server kept of it.
    const before = await this.#docker.inspect(place.id, this.#signal);
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
    this.#readId = container.id;
  }

  /** What comes from now on, of whichever container has the name. Ends with the signal only. */
  async *following(): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const { name } = this.#ask;
    while (!this.#signal.aborted) {
      const container = await this.#docker.inspect(name, this.#signal).catch(() => undefined);
      if (container !== undefined) {
        const isNew = this.#readId !== container.id;
        try {
          if (isNew && this.#place?.id !== container.id) yield* this.#lines(container, { tail: "all", follow: true });
          else yield* this.#goOn(container, true);
          this.#readId = container.id;
        } catch (error) {
          if (error instanceof FramesBroken) throw error;
          // Docker itself is restarted: what was read is known, and reading goes on when it is back.
        }
        // Its end is known already: wait until something happens to it.
        if (container.isRunning) continue;
      }
      await wait(this.#deps.clock, LOOK_AGAIN_MS, this.#signal);
    }
  }

  /** The lines of a container after the last one told of it, or all where none was. */
  async *#goOn(container: ContainerFacts, follow: boolean): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const place = this.#place;
    if (place?.id !== container.id) {
      // Nothing of it was told because it had no line.
      yield* this.#lines(container, { tail: "all", follow });
      return;
    }
    const ask = { tail: "all", since: secondsOf(place.time, DISORDER_SECONDS), follow } as const;
    yield* this.#lines(container, ask, new Skip(place));
  }

  async *#lines(
    container: ContainerFacts,
    ask: ContainerLogAsk,
    skip?: Skip,
  ): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const body = await this.#docker.log(container.id, ask, this.#signal);
    if (body === undefined) return;
    const frames = new LogFrames(container.isTty);
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
