import { MusterError } from "@muster/core";
import { expect, test } from "vitest";
import type { HubEntry, StoreCheck, StoreFinding } from "../src/entries.ts";
import { commandLine } from "./command-line.ts";
import { hubEntry } from "./hub-entry.ts";

const run = (argv: readonly string[], given: Partial<HubEntry>) =>
  commandLine(["store", ...argv], { entries: { hub: () => Promise.resolve(hubEntry(given)) } });

const report: StoreCheck = { findings: [], servers: 2, series: 30, samples: 4_000, bytes: 5_000 };
const remark: StoreFinding = {
  code: "log-left",
  weight: "remark",
  count: 7,
  places: ["9 bytes"],
  meaning: "The hub did not close this file.",
  remedy: "Nothing.",
};

test("a store without damage ends with 0, and one with damage with 74 and what to do", async () => {
  const whole = await run(["check", "--data-dir", "/d"], { checkMetricStore: () => Promise.resolve(report) });
  expect(whole).toMatchObject({ code: 0, errors: "" });
  expect(whole.output).toContain("4000 samples of 30 series, 2 servers");
  const remarked = await run(["check", "--data-dir", "/d"], {
    checkMetricStore: () => Promise.resolve({ ...report, findings: [remark] }),
  });
  expect(remarked.code).toBe(0);
  expect(remarked.output).toMatch(/log-left, 7×: .*\n {2}9 bytes\n {2}and 6 more\n {2}What to do: Nothing/);
  const damaged = await run(["check", "--data-dir", "/d", "--json"], {
    checkMetricStore: () => Promise.resolve({ ...report, findings: [{ ...remark, weight: "damage" }] }),
  });
  expect(damaged.code).toBe(74);
  expect(JSON.parse(damaged.output)).toMatchObject({ findings: [{ code: "log-left" }] });
});

test("a directory that a hub holds is refused with 73", async () => {
  const refused = await run(["check", "--data-dir", "/d"], {
    checkMetricStore: () => Promise.reject(new MusterError("DATA_DIRECTORY_IN_USE")),
  });
  expect(refused).toMatchObject({ code: 73, output: "" });
  expect((await run(["check"], {})).code).toBe(64);
});

test("export and import pass on file, directory and servers, and say how much that was", async () => {
  const asked: unknown[] = [];
  const counts = { servers: 1, series: 2, samples: 3, rollUps: 4 };
  const given: Partial<HubEntry> = {
    exportMetricStore: (dataDir, file, _, servers) => {
      asked.push([dataDir, file, servers]);
      return Promise.resolve({ ...counts, damagedBlocks: 0 });
    },
    importMetricStore: (dataDir, file, _, servers) => {
      asked.push([dataDir, file, servers]);
      const stopped = { record: 5, offset: 600, why: "A record is cut." };
      return Promise.resolve({ ...counts, duplicates: 7, knownRollUps: 8, stopped });
    },
  };
  const exported = await run(["export", "/f", "--data-dir", "/d", "--server", "a", "--server", "b"], given);
  expect(exported).toMatchObject({ code: 0, errors: "" });
  expect(exported.output).toContain("3 samples and 4 roll-ups of 2 series");
  const imported = await run(["import", "/f", "--data-dir", "/d"], given);
  expect(imported.code).toBe(74);
  expect(imported.output).toContain("There already: 7 samples, 8 roll-ups");
  expect(imported.errors).toContain("record 5, byte 600: A record is cut. All before it was taken.");
  expect(asked).toEqual([
    ["/d", "/f", { serverIds: ["a", "b"] }],
    ["/d", "/f", {}],
  ]);
});
