import { SERIES_PER_HOST, metricsOf } from "./fleet.ts";
import type { DataSet } from "./fleet.ts";
import type { HostBatch } from "./sample-file.ts";

const SAMPLE_BYTES_MAX = 2 + 9 + 1 + 10;
const LITERAL_FOUR_BYTES = 63 << 2;

/**
 * Prometheus remote write, version 1: a protobuf `WriteRequest` in a snappy block that is one literal, which every
 * decoder takes and which costs the receiver less than real compression.
 */
export class WriteRequests {
  readonly #set: DataSet;
  readonly #labels = new Map<number, readonly Buffer[]>();

  constructor(set: DataSet) {
    this.#set = set;
  }

  /** One request with all rows of these batches; rows of a host must stand together. NaN is left out. */
  encode(hosts: ReadonlyMap<number, HostBatch["rows"]>): Buffer {
    let roomBytes = 16;
    for (const [host, rows] of hosts) {
      const labelBytes = this.#labelsOf(host).reduce((sum, label) => sum + label.length + 8, 0);
      roomBytes += labelBytes + SERIES_PER_HOST * rows.length * SAMPLE_BYTES_MAX;
    }
    const out = Buffer.allocUnsafe(roomBytes);
    // The longest head: a length of five bytes, and the literal's tag with four bytes of length.
    const begin = 10;
    let place = begin;
    for (const [host, rows] of hosts) {
      for (const [column, labels] of this.#labelsOf(host).entries()) {
        place = writeSeries(out, place, labels, rows, column);
      }
    }
    const length = place - begin;
    const head = Buffer.alloc(begin);
    const tag = writeVarint(head, 0, length);
    head[tag] = LITERAL_FOUR_BYTES;
    head.writeUInt32LE(length - 1, tag + 1);
    const headBytes = tag + 5;
    head.copy(out, begin - headBytes, 0, headBytes);
    return out.subarray(begin - headBytes, place);
  }

  #labelsOf(host: number): readonly Buffer[] {
    let labels = this.#labels.get(host);
    if (labels === undefined) {
      labels = metricsOf(this.#set, host).map((metric) =>
        Buffer.concat([label("__name__", `m_${metric}`), label("host", `host${host}`)]),
      );
      this.#labels.set(host, labels);
    }
    return labels;
  }
}

/** Field 1 of `TimeSeries`. Names and values here are shorter than 128 bytes. */
function label(name: string, value: string): Buffer {
  const inside = Buffer.concat([
    Buffer.from([0x0a, name.length]),
    Buffer.from(name),
    Buffer.from([0x12, value.length]),
    Buffer.from(value),
  ]);
  return Buffer.concat([Buffer.from([0x0a, inside.length]), inside]);
}

/** Field 1 of `WriteRequest`: labels, then samples (field 2: value as field 1, milliseconds as field 2). */
function writeSeries(out: Buffer, place: number, labels: Buffer, rows: HostBatch["rows"], column: number): number {
  const told = rows.filter(({ values }) => !Number.isNaN(values[column]));
  if (told.length === 0) return place;
  const sampleBytes = told.map(({ at }) => 10 + varintBytes(at));
  const length = sampleBytes.reduce((sum, bytes) => sum + 2 + bytes, labels.length);
  out[place] = 0x0a;
  place = writeVarint(out, place + 1, length);
  place += labels.copy(out, place);
  for (const [index, { at, values }] of told.entries()) {
    out[place] = 0x12;
    out[place + 1] = sampleBytes[index]!;
    out[place + 2] = 0x09;
    out.writeDoubleLE(values[column]!, place + 3);
    out[place + 11] = 0x10;
    place = writeVarint(out, place + 12, at);
  }
  return place;
}

function writeVarint(out: Buffer, place: number, value: number): number {
  while (value >= 128) {
    out[place++] = (value % 128) + 128;
    value = Math.floor(value / 128);
  }
  out[place++] = value;
  return place;
}

function varintBytes(value: number): number {
  let bytes = 1;
  while (value >= 128) {
    value = Math.floor(value / 128);
    bytes++;
  }
  return bytes;
}
