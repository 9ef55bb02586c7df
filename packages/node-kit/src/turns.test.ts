import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("work of one key follows one another, also after a failure; others do not wait; nothing is kept of what is over", async () => {
  const turns = new Turns();
  const story: string[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = turns.take("a", async () => {
    await gates[0]!.promise;
    story.push("first");
    throw new Error("no");
  });
  const second = turns.take("a", async () => {
    story.push("second");
    await gates[1]!.promise;
    return 2;
  });
  await turns.take("b", async () => void story.push("other"));
  expect(story).toEqual(["other"]);
  gates[0]!.resolve();
  await expect(first).rejects.toThrow("no");
  gates[1]!.resolve();
  await turns.settled();
  expect([await second, story]).toEqual([2, ["other", "first", "second"]]);
  await Promise.resolve();
  expect(turns.has("a")).toBe(false);
});
