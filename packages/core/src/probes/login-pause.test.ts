import { expect, test } from "vitest";
import { MINUTE_MS } from "../time.ts";
import { LoginPause } from "./login-pause.ts";

test("each refusal makes the pause longer, up to a bound, and a success makes it short again", () => {
  const pause = new LoginPause();
  expect(pause.sentence(0)).toBeUndefined();
  let nowMs = 0;
  for (const minutes of [10, 20, 40, 80, 160, 160]) {
    pause.refused(nowMs);
    expect(pause.sentence(nowMs)).toContain(`wait ${minutes} minutes`);
    nowMs += minutes * MINUTE_MS;
    expect(pause.sentence(nowMs - 1)).toContain("wait 1 minute until");
    expect(pause.sentence(nowMs)).toBeUndefined();
  }
  pause.accepted();
  pause.refused(nowMs);
  expect(pause.sentence(nowMs)).toContain("wait 10 minutes");
});

test("the sentence begins with why, and whoever was let in need not wait", () => {
  const pause = new LoginPause();
  pause.refused(0, "access denied");
  expect(pause.sentence(1)).toBe(
    "access denied; change its settings or its secret, or wait 10 minutes until it is tried again",
  );
  pause.accepted();
  expect(pause.sentence(1)).toBeUndefined();
});
