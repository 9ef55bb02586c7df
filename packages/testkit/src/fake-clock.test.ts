import { describe, expect, test } from "vitest";
import { FakeClock } from "./fake-clock.ts";

describe("FakeClock", () => {
  test("runs timers in order of due time, equals in order of asking", async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push("late"));
    clock.after(10, () => ran.push("first"));
    clock.after(10, () => ran.push("second"));
    await clock.advance(15);
    expect(ran).toEqual(["first", "second"]);
    await clock.advance(5);
    expect(ran).toEqual(["first", "second", "late"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("a timer sees the time it was due at, and may start another within the same advance", async () => {
    const clock = new FakeClock(1_000);
    const seenAt: number[] = [];
    const repeat = (): void => {
      seenAt.push(clock.now());
      clock.after(10, repeat);
    };
    clock.after(10, repeat);
    await clock.advance(35);
    expect(seenAt).toEqual([1_010, 1_020, 1_030]);
    expect(clock.now()).toBe(1_035);
  });

  test("promises settle between two timers", async () => {
    const clock = new FakeClock();
    const ran: string[] = [];
    const wait = (delayMs: number): Promise<void> => new Promise((resolve) => clock.after(delayMs, resolve));
    const work = async (): Promise<void> => {
      await wait(10);
      ran.push("a");
      await wait(10);
      ran.push("b");
    };
    const working = work();
    clock.after(15, () => ran.push("between"));
    await clock.advance(20);
    await working;
    expect(ran).toEqual(["a", "between", "b"]);
  });

  test("a cancelled timer never runs", async () => {
    const clock = new FakeClock();
    const timer = clock.after(10, () => expect.unreachable());
    timer.cancel();
    timer.cancel();
    await clock.advance(100);
  });

  test("a step of wall time moves neither durations nor timers", async () => {
    const clock = new FakeClock(0);
    const startedMs = clock.monotonic();
    let ran = false;
    clock.after(10, () => (ran = true));
    clock.stepWallTime(3_600_000);
    await clock.advance(9);
    expect(ran).toBe(false);
    expect(clock.monotonic() - startedMs).toBe(9);
    expect(clock.now()).toBe(3_600_009);
  });

  test("what a timer throws comes out of advance", async () => {
    const clock = new FakeClock();
    clock.after(1, () => {
      throw new Error("planted");
    });
    await expect(clock.advance(1)).rejects.toThrow("planted");
  });
});
