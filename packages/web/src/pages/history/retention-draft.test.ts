import { expect, test } from "vitest";
import { draftOf, presetOf, retentionOf, wrongFields } from "./retention-draft.ts";

const RETENTION = { samplesDays: 30, minutesDays: 180, hoursDays: 1_825, bytesMax: 5 * 1_024 ** 3 };

test("what the hub keeps comes back as it was", () => {
  expect(retentionOf(draftOf(RETENTION))).toEqual(RETENTION);
  expect(retentionOf(draftOf({ ...RETENTION, bytesMax: null }))?.bytesMax).toBeNull();
  expect(presetOf(draftOf(RETENTION))).toBe("usual");
});

test("a comma is a point", () => {
  expect(retentionOf({ ...draftOf(RETENTION), budgetGib: "0,5" })?.bytesMax).toBe(512 * 1_024 ** 2);
});

test("a budget that is no number never becomes none at all", () => {
  expect(retentionOf({ ...draftOf(RETENTION), budgetGib: "five" })).toBeUndefined();
  expect(retentionOf({ ...draftOf(RETENTION), budgetGib: "  " })?.bytesMax).toBeNull();
});

test.each([
  [{ samplesDays: "" }, ["samplesDays"]],
  [{ samplesDays: "abc", minutesDays: "1.5" }, ["samplesDays", "minutesDays"]],
  [{ hoursDays: "-3" }, ["hoursDays"]],
  [{ budgetGib: "-1" }, ["budgetGib"]],
  [{ budgetGib: "0" }, ["budgetGib"]],
  [{ budgetGib: "1e30" }, ["budgetGib"]],
])("%j says which input is wrong, and nothing can be saved", (parts, wrong) => {
  const draft = { ...draftOf(RETENTION), ...parts };
  expect(wrongFields(draft)).toEqual(wrong);
  expect(retentionOf(draft)).toBeUndefined();
});

test("days of one's own are no preset", () => {
  expect(presetOf({ ...draftOf(RETENTION), samplesDays: "31" })).toBeUndefined();
});
