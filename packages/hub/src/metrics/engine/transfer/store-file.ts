import { closeSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { MusterError } from "@muster/core";

/** What a record holds; docs/spec/store-file.md has the form of each. Numbers are never used again. */
export const RECORD = { head: 1, server: 2, samples: 3, rollUps: 4, receipts: 5, end: 6 } as const;
export type RecordKind = (typeof RECORD)[keyof typeof RECORD];

export interface StoreRecord {
  readonly kind: RecordKind;
  readonly body: Uint8Array;
}

/** The last character before the line feed is the version of the format: with 2, blocks may be of version 3. */
const MAGIC = Buffer.from("MSTORE2\n", "latin1");
const READ_MAGICS = [Buffer.from("MSTORE1\n", "latin1"), MAGIC];
const VERSION_AT = 6;
const HEAD_BYTES = 10;
const PLAIN = 0;
const ZSTD = 1;
/** Damage must not make a reader reserve the whole memory. */
const BODY_BYTES_MAX = 1 << 28;
/** Blocks are packed already; less than an eighth is not worth unpacking. */
const WORTH = 7 / 8;

/** Writes a store file, one record after the other. Throws what the file system throws. */
export class StoreFileWriter {
  readonly #descriptor: number;

  /** Makes the file, mode 0600. Throws CONFLICT when there is one. */
  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw new MusterError("CONFLICT", { message: `${path} is there already; nothing was written.` });
    }
    this.#write(MAGIC);
  }

  add(kind: RecordKind, body: Uint8Array): void {
    const zipped = zstdCompressSync(body);
    const form = zipped.length < body.length * WORTH ? ZSTD : PLAIN;
    const stored = form === ZSTD ? zipped : body;
    const record = Buffer.allocUnsafe(HEAD_BYTES + stored.length);
    record.writeUInt32LE(stored.length, 0);
    record.writeUInt8(kind, 8);
    record.writeUInt8(form, 9);
    record.set(stored, HEAD_BYTES);
    record.writeUInt32LE(crc32(record.subarray(8)), 4);
    this.#write(record);
  }

  addJson(kind: RecordKind, value: unknown): void {
    this.add(kind, Buffer.from(JSON.stringify(value)));
  }

  /** What was written is durable when it returns. */
  close(): void {
    try {
      fsyncSync(this.#descriptor);
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #write(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length;) offset += writeSync(this.#descriptor, bytes, offset);
  }
}

/** Reads a store file, one record after the other. */
export class StoreFileReader {
  readonly #descriptor: number;
  #offset = MAGIC.length;

  /** Throws NOT_FOUND; DATABASE_NEWER for a newer format; DATABASE_DAMAGED for what is no store file. */
  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new MusterError("NOT_FOUND", { message: `There is no file ${path}.` });
    }
    const magic = this.#read(0, MAGIC.length);
    if (READ_MAGICS.some((known) => magic?.equals(known))) return;
    this.close();
    const isOther = magic?.subarray(0, VERSION_AT).equals(MAGIC.subarray(0, VERSION_AT)) === true;
    throw isOther
      ? new MusterError("DATABASE_NEWER", {
          message: "The store file has a newer format; use the Muster that made it.",
        })
      : new MusterError("DATABASE_DAMAGED", { message: `${path} is no store file of Muster's.` });
  }

  /** Where the next record begins, in bytes. */
  get offset(): number {
    return this.#offset;
  }

  /** Throws DATABASE_DAMAGED where a record is cut or not as it was written; the file must end with a record `end`. */
  next(): StoreRecord {
    const head = this.#read(this.#offset, HEAD_BYTES);
    if (head === undefined) throw damaged("The file ends before its last record.");
    const length = head.readUInt32LE(0);
    const stored = length > BODY_BYTES_MAX ? undefined : this.#read(this.#offset + HEAD_BYTES, length);
    if (stored === undefined) throw damaged("A record is cut.");
    if (crc32(stored, crc32(head.subarray(8))) !== head.readUInt32LE(4)) throw damaged("A record was changed.");
    this.#offset += HEAD_BYTES + length;
    const body = head.readUInt8(9) === ZSTD ? zstdDecompressSync(stored, { maxOutputLength: BODY_BYTES_MAX }) : stored;
    return { kind: head.readUInt8(8) as RecordKind, body };
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Undefined when there are not so many bytes. */
  #read(position: number, length: number): Buffer | undefined {
    const bytes = Buffer.allocUnsafe(length);
    for (let got = 0; got < length;) {
      const count = readSync(this.#descriptor, bytes, got, length - got, position + got);
      if (count === 0) return undefined;
      got += count;
    }
    return bytes;
  }
}

const damaged = (message: string): MusterError => new MusterError("DATABASE_DAMAGED", { message });
