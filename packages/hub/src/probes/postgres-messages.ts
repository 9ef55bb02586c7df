import { UnreadableAnswer } from "./database-stream.ts";

const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
const HEADER_BYTES = 5;
/** All that a server sends for what is asked here: no copies, no replication. */
const TYPES = new Set(Buffer.from("RKSZTDCEN12345AInst", "latin1"));
const [ERROR, NOTICE] = [0x45, 0x4e];

/**
 * Lets whole messages of a PostgreSQL server through, once they are sure to be some: pg waits for the end of a message
 * whatever its length, and reads an error or a notice without an end for ever.
 */
export class PostgresMessages {
  #waiting: Buffer[] = [];
  #bytes = 0;
  #needed = HEADER_BYTES;

  /** The messages that are whole now; may be empty. Throws UnreadableAnswer. */
  take(chunk: Buffer): Buffer {
    this.#waiting.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return Buffer.alloc(0);
    const bytes = Buffer.concat(this.#waiting);
    let start = 0;
    this.#needed = HEADER_BYTES;
    while (bytes.length - start >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(start + 1) + 1;
      if (!TYPES.has(bytes[start]!) || length < HEADER_BYTES || length > MESSAGE_BYTES_MAX)
        throw new UnreadableAnswer();
      if (bytes.length - start < length) {
        this.#needed = length;
        break;
      }
      const type = bytes[start];
      if (type === ERROR || type === NOTICE) checkFields(bytes.subarray(start + HEADER_BYTES, start + length));
      start += length;
    }
    this.#waiting = [bytes.subarray(start)];
    this.#bytes = bytes.length - start;
    return bytes.subarray(0, start);
  }
}

/** Fields of one letter and a text with a zero after it, and a zero after the last one. */
function checkFields(body: Buffer): void {
  let position = 0;
  while (body[position] !== 0) {
    const end = position < body.length ? body.indexOf(0, position + 1) : -1;
    if (end === -1) throw new UnreadableAnswer();
    position = end + 1;
  }
}
