import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { logReader } from "../src/index.ts";
import type { HostStream } from "../src/index.ts";
import { ScriptedActingHost } from "./scripted-acting-host.ts";

const PASSWD = "root:x:0:0::/root:/bin/sh\njohn.doe:x:1001:1001::/home/john:/bin/sh\nAnna:x:1002:1002:::\n";

/** The matches that journalctl is asked with, or why it is not asked. */
async function matchesOf(driver: "systemd" | "systemd-user", name: string): Promise<readonly string[]> {
  const host = new ScriptedActingHost();
  let matches: readonly string[] = [];
  const journal = Object.assign(host, {
    readFile: () => Promise.resolve(PASSWD),
    stream: (argv: readonly string[]): HostStream => {
      matches = argv.filter((word) => /^(?:_UID|_SYSTEMD_USER_UNIT|USER_UNIT|--unit)=|^\+$/.test(word));
      return { output: (async function* () {})(), ended: Promise.resolve({ exitCode: 0, stderr: "" }) };
    },
  });
  const query = { driver, name, linesMax: 1, follow: false } as const;
  for await (const _ of logReader({ host: journal, clock: new FakeClock() }).read(query, new AbortController().signal));
  return matches;
}

test("[LG11] units and users are named in logs as they are in services", async () => {
  expect(await matchesOf("systemd", "app@1.service")).toEqual(["--unit=app@1.service"]);
  for (const [user, uid] of [
    ["john.doe", 1001],
    ["Anna", 1002],
  ] as const)
    expect(await matchesOf("systemd-user", `${user}:a:b.service`)).toEqual([
      ...[`_UID=${uid}`, "_SYSTEMD_USER_UNIT=a:b.service", "+", `_UID=${uid}`, "USER_UNIT=a:b.service"],
    ]);
});

test("[LG11] what can be no name of a unit or user never reaches journalctl", async () => {
  for (const name of ["", "nginx", "*.service", "-x.service", "a..service", ".a.service", "a b.service"]) {
    await expect(matchesOf("systemd", name)).rejects.toThrow("no name of a unit");
    await expect(matchesOf("systemd-user", `Anna:${name}`)).rejects.toThrow("no name of a user's unit");
  }
  for (const user of ["", "-x", "a/b", "a b", "a\n"])
    await expect(matchesOf("systemd-user", `${user}:a.service`)).rejects.toThrow("no name of a user's unit");
  await expect(matchesOf("systemd-user", "nobody:a.service")).rejects.toThrow("there is no user nobody here");
});
