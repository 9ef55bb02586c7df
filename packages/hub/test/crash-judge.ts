import { existsSync } from "node:fs";
import { DAY_MS, MINUTE_MS } from "@muster/core";
import { expect } from "vitest";
import { checkStore } from "../src/metrics/engine/check/check-store.ts";
import { BEGIN, DROPPED_BEFORE, METRICS, MINUTES_BEFORE, scenarioBatch } from "./crash-scenario.ts";
import { OpenedFile } from "./opened-file.ts";

/** A file that is consistent in itself: no finding but remarks. */
export function expectSound(path: string, where: string): void {
  const damage = checkStore(path).findings.filter(({ weight }) => weight === "damage");
  expect(damage, where).toEqual([]);
}

/** Opens a file for one look at it. */
export function look<Seen>(path: string, see: (file: OpenedFile) => Seen): Seen {
  const file = new OpenedFile(path);
  try {
    return see(file);
  } finally {
    file.close();
  }
}

/**
 * Compares a file of the scenario's first two parts with what was told before the writer ended. A step that had begun
 * and not ended may have happened or not, but a batch is there whole or not at all, and its receipt with it.
 */
export function judge(path: string, told: readonly string[], where: string): void {
  // A file that was being made may be blank yet, or half made with the way back beside it.
  if (told.some((line) => line.startsWith("begin")) && !existsSync(`${path}-journal`)) expectSound(path, where);
  look(path, (file) => {
    let sampleCount = 0;
    for (const serverId of ["alpha", "gone"]) {
      const samples = file.dump(serverId);
      expect(new Set(samples).size, `${where}: told twice`).toBe(samples.length);
      const expected = expectedOf(serverId, told, new Set(file.receipts(serverId)));
      const present = new Set(samples);
      const lost = expected.must.filter((sample) => !present.has(sample));
      expect(lost, `${where}: lost`).toEqual([]);
      const may = new Set(expected.may);
      const added = samples.filter((sample) => !may.has(sample));
      expect(added, `${where}: made up`).toEqual([]);
      expectMinutes(file, serverId, expected.counted, where);
      sampleCount += samples.length;
    }
    expect(file.sampleCount(), where).toBe(sampleCount);
  });
  expectSound(path, `${where}, opened again`);
}

interface Expected {
  readonly must: readonly string[];
  readonly may: readonly string[];
  /** Instants of readings that minutes know, though they may be samples no more. */
  readonly counted: readonly number[];
}

/** What must be there and what may be there of a server. */
function expectedOf(serverId: string, told: readonly string[], received: ReadonlySet<number>): Expected {
  const isGoing = serverId === "gone" && told.includes("begin delete gone");
  const goneBefore = told.includes("end drop") ? DROPPED_BEFORE : told.includes("end minutes") ? MINUTES_BEFORE : 0;
  const droppingBefore = told.includes("begin drop") ? DROPPED_BEFORE : 0;
  const goingBefore = Math.max(droppingBefore, told.includes("begin minutes") ? MINUTES_BEFORE : 0);
  const must: string[] = [];
  const may: string[] = [];
  const counted: number[] = [];
  for (let seq = 0; seq < 10; seq++) {
    const step = `append ${serverId} ${seq}`;
    const isTold = told.includes(`end ${step}`);
    if (isTold && !isGoing) expect(received.has(seq), `receipt of ${step}`).toBe(true);
    if (!told.includes(`begin ${step}`)) expect(received.has(seq), `receipt of ${step}`).toBe(false);
    if (!received.has(seq)) continue;
    for (const { at, values } of scenarioBatch(serverId, seq).rows) {
      const samples = METRICS.map((metric, index) => `${serverId} ${metric} {} ${at} ${values[index]}`);
      if (at >= goneBefore && !told.includes(`end delete ${serverId}`)) may.push(...samples);
      // A receipt stands for its samples, whether the writer still told it or not.
      if (at >= goingBefore && !isGoing) must.push(...samples);
      if (at >= droppingBefore && !isGoing) counted.push(at);
    }
  }
  return { must, may, counted };
}

/** Minutes and samples together give each reading once, also while samples are being made into minutes. */
function expectMinutes(file: OpenedFile, serverId: string, instants: readonly number[], where: string): void {
  const range = { from: BEGIN, until: BEGIN + 2 * DAY_MS };
  const asked = { serverIds: [serverId], metric: METRICS[0], match: {}, range, stepMs: MINUTE_MS, pointsMax: 1e6 };
  const counts = file.query({ ...asked, step: "count" });
  const wanted = new Map<number, number>();
  for (const at of instants.filter((instant) => instant < range.until)) {
    const minute = Math.floor((at - BEGIN) / MINUTE_MS);
    wanted.set(minute, (wanted.get(minute) ?? 0) + 1);
  }
  const wrong = [...wanted].filter(([minute, count]) => counts[minute] !== count);
  expect(wrong, `${where}: minutes`).toEqual([]);
}
