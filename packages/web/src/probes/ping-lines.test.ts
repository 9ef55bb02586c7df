import { expect, test } from "vitest";
import { pingLines } from "./ping-lines.ts";

test("lines that call a probe tell the start, run the job, and pass its exit code on", () => {
  const { call, cron } = pingLines("https://hub/api/v1/pings/mpg1.x", "backup");
  expect(call).toBe("curl -fsS -m 10 --retry 3 -X POST https://hub/api/v1/pings/mpg1.x");
  expect(cron).toMatch(/^0 3 \* \* \* curl .*\/mpg1\.x\/start; backup; curl .*\/mpg1\.x\/\$\?$/);
  // A crontab takes a per cent sign for the end of the line.
  expect(cron).not.toContain("%");
});
