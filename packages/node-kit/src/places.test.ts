import { expect, test } from "vitest";
import { Places } from "./places.ts";

const never = new AbortController().signal;

/** Takes a place and says so. */
const taking = (places: Places, said: string[], name: string, signal = never): Promise<() => void> =>
  places.take(signal).then((leave) => {
    said.push(name);
    return leave;
  });
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("places are given in the order in which they were asked for, and again when left", async () => {
  const places = new Places(2);
  const said: string[] = [];
  const [a, b] = [await taking(places, said, "a"), await taking(places, said, "b")];
  const c = taking(places, said, "c");
  const d = taking(places, said, "d");
  await settle();
  expect([said, places.taken]).toEqual([["a", "b"], 2]);
  b();
  b();
  await settle();
  expect(said).toEqual(["a", "b", "c"]);
  a();
  (await c)();
  (await d)();
  expect([said, places.taken]).toEqual([["a", "b", "c", "d"], 0]);
});

test("who gives up leaves the line, and takes nobody's place", async () => {
  const places = new Places(1);
  const said: string[] = [];
  const leave = await taking(places, said, "a");
  const stop = new AbortController();
  const b = taking(places, said, "b", stop.signal);
  const c = taking(places, said, "c");
  stop.abort(new Error("enough"));
  await expect(b).rejects.toThrow("enough");
  leave();
  (await c)();
  expect([said, places.taken]).toEqual([["a", "c"], 0]);
  await expect(places.take(stop.signal)).rejects.toThrow("enough");
});

test("fewer places than was thought: who has one keeps it, the next wait for the smaller number", async () => {
  const places = new Places(3);
  const said: string[] = [];
  const leaves = [await taking(places, said, "a"), await taking(places, said, "b"), await taking(places, said, "c")];
  places.shrinkTo(1);
  places.shrinkTo(2);
  const d = taking(places, said, "d");
  leaves[0]!();
  leaves[1]!();
  await settle();
  expect(said).toEqual(["a", "b", "c"]);
  leaves[2]!();
  (await d)();
  expect(places.taken).toBe(0);
});
