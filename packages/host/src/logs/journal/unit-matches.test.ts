import { expect, test } from "vitest";
import type { ActingHost } from "../../host.ts";
import { systemUnitMatches, userUnitMatches } from "./unit-matches.ts";

const RUN = "a8a0a8d7cbb24d79a9e854a7545522e1";
const host = { readFile: () => Promise.resolve("ann:x:1000:1000::/home/ann:/bin/sh\n") } as unknown as ActingHost;

test("[HC13] one run of a unit is what it wrote and what its manager wrote of it, and of nothing else", async () => {
  expect(await systemUnitMatches("a.service")).toEqual(["--unit=a.service"]);
  // The option and what follows must both hold; the plus sign joins the matches beside it.
  expect(await systemUnitMatches("a.service", RUN)).toEqual([
    ...["--unit=a.service", `_SYSTEMD_INVOCATION_ID=${RUN}`, "+", `INVOCATION_ID=${RUN}`],
  ]);
  expect(await userUnitMatches(host, "ann:a.service", RUN)).toEqual([
    ...["_UID=1000", "_SYSTEMD_USER_UNIT=a.service", `_SYSTEMD_INVOCATION_ID=${RUN}`, "+"],
    ...["_UID=1000", "USER_UNIT=a.service", `USER_INVOCATION_ID=${RUN}`],
  ]);
});

test("what is no name or no run is never an argument", async () => {
  await expect(systemUnitMatches("a.service", "--root=/x")).rejects.toThrow("no run of a unit");
  await expect(systemUnitMatches("--root=/x")).rejects.toThrow("no name of a unit");
});
