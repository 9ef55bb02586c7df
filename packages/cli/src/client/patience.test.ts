import { MusterError } from "@muster/core";
import { FakeClock, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { patiently } from "./patience.ts";

const never = new AbortController().signal;
const away = new MusterError("HUB_UNREACHABLE", { message: "The hub\u001b[2J is away." });

/** Work that fails so before it gives 7; how often it was done is counted. */
function failing(errors: readonly MusterError[]) {
  const left = [...errors];
  const work = { count: 0 };
  const act = async (): Promise<number> => {
    work.count++;
    const error = left.shift();
    if (error) throw error;
    return 7;
  };
  return { work, act };
}

test("what passes is done again, not before the hub wants it, and told once with its words made harmless", async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const { work, act } = failing([new MusterError("RATE_LIMITED", { message: "Slow.", retryAfterMs: 5_000 }), away]);
  const result = patiently({ clock, random: () => 0, tell: (text) => told.push(text) }, 60_000, never, act);
  await clock.advance(4_999);
  expect(work.count).toBe(1);
  await clock.advance(1);
  await waitFor(() => work.count === 2, { describe: "the second try" });
  await clock.advance(200);
  expect(await result).toBe(7);
  expect(told).toEqual(["Slow. Trying again.", "The hub answers again."]);
});

test("what does not pass is thrown at once, and what passes after the patience has ended", async () => {
  const clock = new FakeClock();
  const told: string[] = [];
  const deps = { clock, random: () => 0, tell: (text: string) => told.push(text) };
  const refused = failing([new MusterError("FORBIDDEN")]);
  await expect(patiently(deps, 60_000, never, refused.act)).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(refused.work.count).toBe(1);
  const gone = failing(Array.from({ length: 100 }, () => away));
  const result = expect(patiently(deps, 1_000, never, gone.act)).rejects.toMatchObject({ code: "HUB_UNREACHABLE" });
  await clock.advance(1_500);
  await result;
  expect(gone.work.count).toBe(7);
  expect(told).toEqual(["The hub\\u001b[2J is away. Trying again."]);
});

test("aborting ends the waiting with what was thrown last", async () => {
  const stop = new AbortController();
  const { act } = failing([away]);
  const deps = { clock: new FakeClock(), random: () => 0, tell: () => stop.abort() };
  await expect(patiently(deps, 60_000, stop.signal, act)).rejects.toBe(away);
});
