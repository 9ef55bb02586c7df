import { chmod, symlink, writeFile } from "node:fs/promises";
import { needs, runProgram, temporaryDirectory } from "@muster/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { WayDown } from "../src/probes/ways.ts";
import { factOf, look } from "./probe-fixture.ts";

const PROGRAM = new URL("probe-program.ts", import.meta.url).pathname;
const describePing = await needs("ping");
const describeNamespace = await needs("root", "ping");

afterEach(() => {
  vi.unstubAllEnvs();
});

describePing("by the system's ping", () => {
  test("a host that answers is healthy, with loss and times in the history", async () => {
    const result = await look("icmp", { host: "localhost", packets: 2 }, { timeoutMs: 10_000 });
    expect(result).toMatchObject({ health: "healthy", detail: expect.stringMatching(/^\d+\.\d ms, none lost$/) });
    expect(["127.0.0.1", "::1"]).toContain(factOf(result, "address"));
    expect(result.samples.map(({ metric, labels }) => [metric, labels?.["of"]])).toEqual([
      ["ping_lost_ratio", undefined],
      ["ping_round_trip_seconds", "least"],
      ["ping_round_trip_seconds", "average"],
      ["ping_round_trip_seconds", "most"],
      ["ping_deviation_seconds", undefined],
    ]);
    expect(result.samples.at(2)?.value).toBeCloseTo((result.tookMs ?? 0) / 1_000, 9);
  });

  test("one that must end before it is done says so, and leaves no process behind", async () => {
    expect(await look("icmp", { host: "127.0.0.1", packets: 10 }, { timeoutMs: 300 })).toMatchObject({
      health: "unknown",
      detail: "ping was cut off; give it a time-out of 12 s at least, or fewer packets",
    });
  });
});

test.each(["169.254.169.254", "100.100.100.200", "fd00:ec2::254"])(
  "[SR-01] what opens to nobody is not pinged: %s",
  async (host) => {
    vi.stubEnv("PATH", "/nonexistent");
    await expect(look("icmp", { host })).rejects.toThrow(new WayDown("the address is not open for this purpose"));
  },
);

test("without the program it is unknown, with what to install", async () => {
  vi.stubEnv("PATH", "/nonexistent");
  expect(await look("icmp", { host: "127.0.0.1" })).toMatchObject({
    health: "unknown",
    detail: "the hub's machine has no ping; install it there (Debian: apt-get install iputils-ping)",
  });
});

test("a program that says too much or nonsense is unknown", async () => {
  await using directory = await temporaryDirectory("ping");
  const script = async (text: string): Promise<void> => {
    await writeFile(directory.file("ping"), `#!/bin/sh\n${text}\n`);
    await chmod(directory.file("ping"), 0o755);
  };
  vi.stubEnv("PATH", `${directory.path}:${process.env["PATH"]}`);
  await script("exec yes");
  expect(await look("icmp", { host: "127.0.0.1" })).toMatchObject({ health: "unknown" });
  await script("echo nonsense; exit 3");
  expect(await look("icmp", { host: "127.0.0.1" })).toMatchObject({
    health: "unknown",
    detail: "ping said nothing that can be read; try it on the hub's machine",
  });
});

describeNamespace("in a network of its own, by the real program", () => {
  test.each([
    ["true", "there is no way there"],
    ["ip link set lo up && echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all", "no ping came back"],
  ])("after `%s`: %s", async (commands, detail) => {
    await using directory = await temporaryDirectory("ping");
    const inside = `PATH="\${PATH#*:}"; ${commands} && exec ping "$@"`;
    await writeFile(directory.file("ping"), `#!/bin/sh\nexec unshare --net -- sh -c '${inside}' sh "$@"\n`);
    await chmod(directory.file("ping"), 0o755);
    vi.stubEnv("PATH", `${directory.path}:${process.env["PATH"]}`);
    const result = await look("icmp", { host: "127.0.0.1", packets: 1 }, { timeoutMs: 10_000 });
    expect(result).toMatchObject({ health: "unhealthy", detail, tookMs: null });
  });
});

const describeForbidden = await needs("root", "ping");

describeForbidden("under a unit like the hub's", () => {
  test("a ping that has a right written on it may not start, and that is said", async () => {
    await using directory = await temporaryDirectory("ping");
    const ping = directory.file("ping");
    await runProgram(["cp", "/usr/bin/ping", ping]);
    expect((await runProgram(["setcap", "cap_net_raw=ep", ping])).exitCode).toBe(0);
    const { stdout, stderr } = await runProgram(
      ["setpriv", "--bounding-set=-all", "--no-new-privs", process.execPath, PROGRAM, "icmp", '{"host":"127.0.0.1"}'],
      { env: { PATH: `${directory.path}:${process.env["PATH"]}` } },
    );
    expect(JSON.parse(stdout || stderr)).toMatchObject({
      health: "unknown",
      detail: "the hub's machine does not let it ping; docs/probes.md says how to allow that",
    });
  });
});

describeNamespace("BusyBox", () => {
  test("its ping is read, too", async () => {
    await using directory = await temporaryDirectory("ping");
    await symlink("/usr/bin/busybox", directory.file("ping"));
    vi.stubEnv("PATH", directory.path);
    const result = await look("icmp", { host: "127.0.0.1", packets: 1 }, { timeoutMs: 10_000 });
    expect(result).toMatchObject({ health: "healthy" });
    expect(factOf(result, "roundTripDeviation")).toBeNull();
  });
});
