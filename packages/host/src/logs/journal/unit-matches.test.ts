import { expect, test } from "vitest";
import type { ActingHost } from "../../host.ts";
import { systemUnitMatches, userUnitMatches } from "./unit-matches.ts";

const RUN = "a8a0a8d7cbb24d79a9e854a7545522e1";
const PASSWD = "root:x:0:0::/root:/bin/sh\njohn.doe:x:1001:1001::/home/john:/bin/sh\nAnna:x:1002:1002:::\n";
const host = { readFile: () => Promise.resolve(PASSWD) } as unknown as ActingHost;

test("[LG11] units and users are named in logs as they are in services", async () => {
  expect(await systemUnitMatches("app@1.service")).toEqual(["--unit=app@1.service"]);
  for (const [user, uid] of [
    ["john.doe", 1001],
    ["Anna", 1002],
  ] as const)
    expect(await userUnitMatches(host, `${user}:a:b.service`)).toEqual([
      ...[`_UID=${uid}`, "_SYSTEMD_USER_UNIT=a:b.service", "+", `_UID=${uid}`, "USER_UNIT=a:b.service"],
    ]);
});

test("[HC13] one run of a unit is what it wrote and what its manager wrote of it, and of nothing else", async () => {
  // The option and what follows must both hold; the plus sign joins the matches beside it.
  expect(await systemUnitMatches("a.service", RUN)).toEqual([
    ...["--unit=a.service", `_SYSTEMD_INVOCATION_ID=${RUN}`, "+", `INVOCATION_ID=${RUN}`],
  ]);
  expect(await userUnitMatches(host, "Anna:a.service", RUN)).toEqual([
    ...["_UID=1002", "_SYSTEMD_USER_UNIT=a.service", `_SYSTEMD_INVOCATION_ID=${RUN}`, "+"],
    ...["_UID=1002", "USER_UNIT=a.service", `USER_INVOCATION_ID=${RUN}`],
  ]);
});

test("[LG11] what can be no name of a unit or user, and what is no run, is never an argument", async () => {
  for (const name of ["", "nginx", "*.service", "-x.service", "a..service", ".a.service", "a b.service", "--root=/x"]) {
    await expect(systemUnitMatches(name)).rejects.toThrow("no name of a unit");
    await expect(userUnitMatches(host, `Anna:${name}`)).rejects.toThrow("no name of a user's unit");
  }
  for (const user of ["", "-x", "a/b", "a b", "a\n"])
    await expect(userUnitMatches(host, `${user}:a.service`)).rejects.toThrow("no name of a user's unit");
  await expect(userUnitMatches(host, "nobody:a.service")).rejects.toThrow("there is no user nobody here");
  await expect(systemUnitMatches("a.service", "--root=/x")).rejects.toThrow("no run of a unit");
  await expect(userUnitMatches(host, "Anna:a.service", "--root=/x")).rejects.toThrow("no run of a unit");
});
