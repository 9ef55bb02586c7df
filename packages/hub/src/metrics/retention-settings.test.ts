import { DAY_MS } from "@muster/core";
import type { RetentionDays } from "@muster/core";
import { expect, test } from "vitest";
import { RetentionSettings } from "./retention-settings.ts";

const CONFIGURED: RetentionDays = { samplesDays: 30, minutesDays: 180, hoursDays: 1_825, bytesMax: null };

function keeping(row?: RetentionDays) {
  const kept: { row: RetentionDays | undefined; failure?: Error } = { row };
  const store = {
    read: () => Promise.resolve(kept.row),
    write(wanted: RetentionDays) {
      if (kept.failure) return Promise.reject(kept.failure);
      kept.row = wanted;
      return Promise.resolve();
    },
  };
  return { kept, store };
}

test("it is the configuration's until somebody chose; a coarse resolution is kept as long as a finer one", async () => {
  const { store } = keeping();
  expect((await RetentionSettings.open(store, CONFIGURED)).current).toEqual(CONFIGURED);
  const crooked = { samplesDays: 30, minutesDays: 10, hoursDays: 5, bytesMax: 1 };
  expect((await RetentionSettings.open(store, crooked)).current).toEqual({
    ...crooked,
    minutesDays: 30,
    hoursDays: 30,
  });
  const minutesLongest = { samplesDays: 1, minutesDays: 20, hoursDays: 5, bytesMax: null };
  expect((await RetentionSettings.open(store, minutesLongest)).current).toMatchObject({
    minutesDays: 20,
    hoursDays: 20,
  });
});

test("a choice is kept, wins over the configuration, and is told in milliseconds", async () => {
  const { store } = keeping();
  const chosen = { samplesDays: 1, minutesDays: 2, hoursDays: 3, bytesMax: 2 ** 30 };
  await (await RetentionSettings.open(store, CONFIGURED)).change(chosen);
  const settings = await RetentionSettings.open(store, CONFIGURED);
  expect(settings.current).toEqual(chosen);
  expect(settings.ages).toEqual({ samplesMs: DAY_MS, minutesMs: 2 * DAY_MS, hoursMs: 3 * DAY_MS, bytesMax: 2 ** 30 });
  await settings.change({ ...chosen, bytesMax: null });
  expect(settings.ages).not.toHaveProperty("bytesMax");
});

test("what is refused, or cannot be kept, changes nothing", async () => {
  const { kept, store } = keeping();
  const settings = await RetentionSettings.open(store, CONFIGURED);
  await expect(settings.change({ ...CONFIGURED, minutesDays: 29, hoursDays: 28 })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    details: { fields: { minutesDays: expect.any(String), hoursDays: expect.any(String) } },
  });
  kept.failure = new Error("the disk");
  await expect(settings.change({ ...CONFIGURED, samplesDays: 1 })).rejects.toThrow("the disk");
  expect(settings.current).toEqual(CONFIGURED);
  expect(kept.row).toBeUndefined();
});
