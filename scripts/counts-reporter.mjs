// Counts test cases for the closing line of `npm test`; a file that could not be loaded counts as one failure.
import { writeFileSync } from "node:fs";

export default class CountsReporter {
  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    /** @type {Map<string, number>} */
    const skipReasons = new Map();
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const result = test.result();
        counts[result.state === "pending" ? "skipped" : result.state]++;
        if (result.state !== "skipped") continue;
        const why = result.note ?? "skipped in its file without a word";
        skipReasons.set(why, (skipReasons.get(why) ?? 0) + 1);
      }
    }
    const path = process.env["MUSTER_TEST_COUNTS"];
    if (path !== undefined) writeFileSync(path, JSON.stringify({ ...counts, skipReasons: [...skipReasons] }));
  }
}
