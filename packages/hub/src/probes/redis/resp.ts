/** An error that a server answered instead of a value. */
export class RespError {
  readonly line: string;
  constructor(line: string) {
    this.line = line;
  }
}

/** A value of RESP 2. Texts of known length come as their bytes, because a key may be any. */
export type RespValue = string | number | Buffer | null | RespError | readonly RespValue[];

/** Why what came is not read on. */
export class RespProblem extends Error {
  readonly is: "too-much" | "not-redis";
  constructor(is: "too-much" | "not-redis") {
    super(is);
    this.is = is;
  }
}

export const REPLY_BYTES_MAX = 1024 * 1024;
const LINE_BYTES_MAX = 64 * 1024;
const ITEMS_MAX = 50_000;
const DEPTH_MAX = 8;
const NEWLINE = 10;
const INTEGER = /^-?\d{1,19}$/;

interface OpenList {
  readonly items: RespValue[];
  left: number;
}

/**
 * Reads the answers of a server that may be hostile, in linear time and bounded memory: a list takes the room of what has
 * come of it and never of what it says it will be. That is why this is no library: ioredis 6 takes room for as many items
 * as a list announces, so that 200 bytes (`*33000000` twenty times) end the whole program for want of memory.
 */
export class RespReader {
  /** Pieces of the line or text that is not whole yet. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** So many bytes of a text are awaited; undefined: a line is. */
  #textBytes: number | undefined;
  #lists: OpenList[] = [];
  #replyBytes = 0;
  #replyItems = 0;

  /** The answers that became whole. Throws RespProblem, after which nothing more can be read. */
  take(chunk: Buffer): readonly RespValue[] {
    const whole: RespValue[] = [];
    for (let at = 0; at < chunk.length;) {
      const end = this.#endIn(chunk, at);
      const piece = chunk.subarray(at, end);
      at = end;
      this.#held.push(piece);
      this.#heldBytes += piece.length;
      this.#replyBytes += piece.length;
      if (this.#replyBytes > REPLY_BYTES_MAX) throw new RespProblem("too-much");
      const value = this.#tokenValue(piece);
      if (value !== undefined) this.#place(value, whole);
    }
    return whole;
  }

  /** Where in the chunk the line or text ends at the latest. */
  #endIn(chunk: Buffer, at: number): number {
    if (this.#textBytes !== undefined) return Math.min(chunk.length, at + this.#textBytes + 2 - this.#heldBytes);
    const newline = chunk.indexOf(NEWLINE, at);
    return newline === -1 ? chunk.length : newline + 1;
  }

  /** The value of a line or text that is whole; undefined where it is not, or opens something. */
  #tokenValue(piece: Buffer): RespValue | undefined {
    const { length } = piece;
    if (this.#textBytes === undefined) {
      if (piece[length - 1] !== NEWLINE) {
        if (this.#heldBytes > LINE_BYTES_MAX) throw new RespProblem("too-much");
        return undefined;
      }
      return this.#lineValue(
        this.#release()
          .toString("utf8")
          .replace(/\r?\n$/, ""),
      );
    }
    if (this.#heldBytes < this.#textBytes + 2) return undefined;
    const textBytes = this.#textBytes;
    this.#textBytes = undefined;
    return this.#release().subarray(0, textBytes);
  }

  #release(): Buffer {
    const [only] = this.#held;
    const whole = this.#held.length === 1 && only !== undefined ? only : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }

  #lineValue(line: string): RespValue | undefined {
    const rest = line.slice(1);
    switch (line.charAt(0)) {
      case "+":
        return rest;
      case "-":
        return new RespError(rest);
      case ":":
        return lengthOf(rest);
      case "$": {
        const bytes = lengthOf(rest);
        if (bytes < 0) return null;
        if (bytes > REPLY_BYTES_MAX) throw new RespProblem("too-much");
        this.#textBytes = bytes;
        return undefined;
      }
      case "*": {
        const count = lengthOf(rest);
        if (count < 0) return null;
        if (count === 0) return [];
        if (count > ITEMS_MAX || this.#lists.length >= DEPTH_MAX) throw new RespProblem("too-much");
        this.#lists.push({ items: [], left: count });
        return undefined;
      }
      default:
        throw new RespProblem("not-redis");
    }
  }

  /** Puts a value into the list that it belongs to; lists that it makes whole are values in turn. */
  #place(value: RespValue, whole: RespValue[]): void {
    if (++this.#replyItems > ITEMS_MAX) throw new RespProblem("too-much");
    let placed = value;
    for (let list = this.#lists.at(-1); list !== undefined; list = this.#lists.at(-1)) {
      list.items.push(placed);
      if (--list.left > 0) return;
      this.#lists.pop();
      placed = list.items;
    }
    whole.push(placed);
    this.#replyBytes = 0;
    this.#replyItems = 0;
  }
}

function lengthOf(text: string): number {
  if (!INTEGER.test(text)) throw new RespProblem("not-redis");
  return Number(text);
}

/** One command as it is sent. */
export function respCommand(words: readonly (string | Buffer)[]): Buffer {
  const parts = words.flatMap((word) => {
    const bytes = typeof word === "string" ? Buffer.from(word) : word;
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")];
  });
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}

/** A value with its texts read as UTF-8, for whoever looks for words and numbers. */
export function plainValue(value: RespValue): unknown {
  if (Buffer.isBuffer(value)) return value.toString("utf8");
  return Array.isArray(value) ? value.map(plainValue) : value;
}
