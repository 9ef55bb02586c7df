import { expect, test } from "vitest";
import { ExitCauses } from "./exit-causes.ts";

const KILLED = { code: null, signal: "SIGKILL", detail: "" };

test("[SV4] the kernel's kills explain an end that comes soon after, and no other", () => {
  let count = 7;
  const causes = new ExitCauses(() => count);
  expect(causes.explain(KILLED)).toBe(KILLED);
  count++;
  causes.look();
  expect(causes.explain(KILLED).detail).toContain("out of memory");
  expect(causes.explain(KILLED)).toBe(KILLED);
  // Somebody else's, and minutes later a person kills ours.
  count++;
  causes.look();
  causes.look();
  expect(causes.explain(KILLED)).toBe(KILLED);
  count++;
  expect(causes.explain({ ...KILLED, signal: "SIGTERM" }).detail).toBe("");
});
