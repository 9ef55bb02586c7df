import { expect, test } from "vitest";
import { waitFor } from "./wait-for.ts";

test("gives what the condition gives, as soon as it is truthy", async () => {
  let asked = 0;
  const value = await waitFor(() => (++asked === 3 ? "there" : undefined), { intervalMs: 1, describe: "three asks" });
  expect(value).toBe("there");
  expect(asked).toBe(3);
});

test("a condition that throws is asked again", async () => {
  let asked = 0;
  const condition = async (): Promise<boolean> => {
    await Promise.resolve();
    if (++asked < 3) throw new Error("not yet");
    return true;
  };
  await expect(waitFor(condition, { intervalMs: 1, describe: "no throw" })).resolves.toBe(true);
});

test("when time runs out it says what was waited for, the last state and the last error", async () => {
  const asking = waitFor(
    () => {
      throw new Error("refused");
    },
    { timeoutMs: 10, intervalMs: 1, describe: () => "an answer; state was closed" },
  );
  await expect(asking).rejects.toThrow("not within 10 ms: an answer; state was closed (last error: refused)");
});
