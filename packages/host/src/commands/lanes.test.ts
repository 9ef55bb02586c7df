import { expect, test } from "vitest";
import { Lanes } from "./lanes.ts";

test("never more at one time than there are places, and all get their turn", async () => {
  const lanes = new Lanes({ atOnceMax: 3, takenMax: 50 });
  let under = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++under);
    await new Promise((resolve) => setImmediate(resolve));
    under--;
  };
  const all = Array.from({ length: 50 }, (_, index) => lanes.run(`lane ${index % 20}`, work));
  expect(lanes.isFull).toBe(true);
  await Promise.all(all);
  expect(lanes.isFull).toBe(false);
  expect(most).toBe(3);
});
