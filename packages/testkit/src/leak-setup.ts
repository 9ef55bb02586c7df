import { afterAll, afterEach, beforeEach } from "vitest";
import { lastingLeaks, openResources } from "./leak-check.ts";

// Loaded before every test file: what leaves a socket, server, child or worker open fails. Unit tests
// (MUSTER_LEAK_SCOPE is `test`) answer for each test, the others for the whole file, timers included, because the
// tests of a file share hubs and hosts there.
if (process.env["MUSTER_LEAK_SCOPE"] === "test") {
  let before = openResources("without-timers");
  beforeEach(() => {
    before = openResources("without-timers");
  });
  afterEach(async () => complain("this test", await lastingLeaks(before, { timers: "without-timers" })));
} else {
  const before = openResources();
  afterAll(async () => complain("this file", await lastingLeaks(before)));
}

function complain(who: string, leaks: readonly string[]): void {
  if (leaks.length > 0) throw new Error(`${who} left open: ${leaks.join(", ")}`);
}
