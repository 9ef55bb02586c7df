import { MONITOR_ONLY } from "@muster/core";
import type { LoadedPolicy } from "@muster/core";
import type { ActionJournal, ServiceDriver } from "@muster/host";
import type { ServicesFrame } from "@muster/protocol";
import { FakeClock, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import type { ServiceRegistry } from "../../fleet/service-registry.ts";
import type { LinkJournal } from "./link-journal.ts";
import { Station } from "./station.ts";

const SERVER = "01920000-0000-7000-8000-000000000001";
const POLICY: LoadedPolicy = {
  ...{ source: "file", sha256: "" },
  policy: { ...MONITOR_ONLY, allow: [{ action: "server.reboot" }] },
};

/** A station over a journal, and what it told. */
function world(journal: Partial<ActionJournal> = {}, drivers: readonly ServiceDriver[] = []) {
  const told: (ServicesFrame | "lost")[] = [];
  const logged: string[] = [];
  const log = (message: string): void => void logged.push(message);
  const station = new Station(
    SERVER,
    {
      ...{ drivers, host: undefined, policy: async () => POLICY },
      reboot: async () => ({ outcome: "succeeded", detail: "it was up again" }),
    },
    {
      clock: new FakeClock(),
      log: { debug: log, info: log, warn: log, error: log, child: () => ({}) } as never,
      services: {
        take: async (_serverId: string, frame: ServicesFrame) => void told.push(frame),
        lost: () => void told.push("lost"),
      } as unknown as ServiceRegistry,
      journal: {
        of: () => ({ resultOf: () => undefined, usesOf: () => [], unfinished: () => [], ...journal }),
        unconfirmed: () => [],
      } as unknown as LinkJournal,
      result: async () => undefined,
    },
  );
  return { station, told, logged };
}

test("services that were told as the server was lost do not become those of now", async () => {
  const { station, told } = world();
  station.reached();
  await waitFor(() => told.length === 1, { describe: "they are told" });
  station.lost();
  station.reached();
  // The first reading is over, and its frame waits for the ledger.
  await station.watch.read();
  await Promise.resolve();
  station.lost();
  await station.stop();
  expect(told.filter((one) => one !== "lost")).toHaveLength(1);
  expect(told.at(-1)).toBe("lost");
});

test("a server that is let go in the middle of a reading is left at once: its line ends before the reading does", async () => {
  const asked = Promise.withResolvers<void>();
  const read = Promise.withResolvers<never>();
  const driver = {
    ...{ name: "systemd", detect: async () => ({ ok: true }) },
    list: () => {
      asked.resolve();
      return read.promise;
    },
  } as unknown as ServiceDriver;
  const { station } = world({}, [driver]);
  station.reached();
  await asked.promise;
  await station.stop(() => read.reject(new Error("the connection was closed")));
});

test("an action whose progress cannot be written down is logged and ends nothing else", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const { station, logged } = world({
    begin: async () => undefined,
    observe: () => Promise.reject(new Error("the disk is full")),
  });
  const core = {
    cmd: "1",
    action: "server.reboot",
    args: {},
    actor: { name: "anna" },
    notAfter: Number.MAX_SAFE_INTEGER,
  };
  await station.run(JSON.stringify(core));
  await waitFor(() => logged.includes("a command's outcome could not be kept"), { describe: () => logged.join() });
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
  await station.stop();
});
