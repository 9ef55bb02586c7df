import { join } from "node:path";
import type { LogItem, LogLine, LogQuery } from "@muster/core";
import { needs } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLab } from "./lab/lab.ts";
import type { Lab, LabHost } from "./lab/lab.ts";

const describeLab = await needs("systemd-host");
const PROGRAM = join(import.meta.dirname, "support/read-log-program.ts");

describeLab("the journal of a real host", () => {
  let lab: Lab;
  let host: LabHost;
  beforeAll(async () => {
    lab = await startLab();
    host = await lab.up("journal");
  }, 120_000);
  afterAll(() => lab[Symbol.asyncDispose]());

  type Seen = LogItem & { readonly seenAt: number };
  const read = async (
    query: Partial<LogQuery> & { readonly name: string },
    lines = 0,
    command?: string,
  ): Promise<readonly Seen[]> => {
    const asked = { driver: "systemd", linesMax: 100, follow: lines > 0, ...query };
    const { exitCode, stdout, stderr } = await host.ssh(
      [process.execPath, PROGRAM, JSON.stringify(asked), String(lines), ...(command === undefined ? [] : [command])],
      { timeoutMs: 30_000 },
    );
    if (exitCode !== 0) throw new Error(`reading failed: ${stderr}`);
    return stdout
      .split("\n")
      .filter(Boolean)
      .map((row) => JSON.parse(row) as Seen)
      .filter((item) => !("caughtUp" in item));
  };
  const linesOf = (items: readonly LogItem[]): readonly LogLine[] =>
    items.flatMap((item) => ("text" in item ? [item] : []));
  const gapsOf = (items: readonly LogItem[]): readonly string[] =>
    items.flatMap((item) => ("gap" in item ? [item.gap.why] : []));
  const textsOf = (items: readonly LogItem[]): readonly string[] =>
    linesOf(items)
      .map(({ text }) => text)
      .filter((text) => !/^(Started|Stopping|Stopped|Deactivated|demo|.*Consumed|.*Deactivated)/.test(text));
  /** Runs a script as a unit and waits until the journal has all of it. */
  const print = (unit: string, script: string): Promise<string> =>
    host.shell(`systemd-run --quiet --wait --collect --unit=${unit} sh -c '${script}'; journalctl --sync`);

  test("[LG1] [LG3] the last lines of a unit, and what comes after a cursor, also when the journal was rotated", async () => {
    await print("demo-a", "for i in 1 2 3 4 5; do echo line $i; done");
    await print("demo-b", "echo of another");
    const all = await read({ name: "demo-a.service" });
    expect(textsOf(all)).toEqual(["line 1", "line 2", "line 3", "line 4", "line 5"]);
    const second = linesOf(all).find(({ text }) => text === "line 2")!;
    expect(second).toMatchObject({ level: 6, stream: null, at: expect.any(Number) as number });
    const after = await read({ name: "demo-a.service", afterCursor: second.cursor });
    expect([textsOf(after), gapsOf(after)]).toEqual([["line 3", "line 4", "line 5"], []]);
    await host.shell("journalctl --rotate");
    await print("demo-a", "echo line 6");
    const last = linesOf(after).at(-1)!;
    const rotated = await read({ name: "demo-a.service", afterCursor: last.cursor });
    expect([textsOf(rotated), gapsOf(rotated)]).toEqual([["line 6"], []]);
    const some = await read({ name: "demo-a.service", linesMax: 2 });
    expect(linesOf(some)).toHaveLength(2);
    const from = linesOf(all).find(({ text }) => text === "line 3")!.at!;
    for (const item of linesOf(await read({ name: "demo-a.service", since: from, until: from + 1 })))
      expect(item.at).toBe(from);
    expect(textsOf(await read({ name: "demo-a.service", until: from }))).not.toContain("line 5");
  });

  test("[LG2] a unit that has no line yet is followed from its first one, and nothing is left out when the journal is rotated", async () => {
    const command =
      "systemd-run --quiet --wait --collect --unit=demo-new sh -c 'for i in 1 2 3; do date +%s%3N; sleep 0.3; done'; journalctl --rotate; " +
      "systemd-run --quiet --wait --collect --unit=demo-new sh -c 'for i in 1 2 3; do date +%s%3N; sleep 0.3; done'";
    const items = await read({ name: "demo-new.service" }, 8, command);
    const stamps = items.flatMap((item) =>
      "text" in item && /^\d{13}$/.test(item.text) ? [item.seenAt - Number(item.text)] : [],
    );
    expect(gapsOf(items)).toEqual([]);
    expect(stamps.length).toBeGreaterThanOrEqual(4);
    // The journal itself tells its readers of new entries at most four times a second.
    expect(stamps.toSorted((a, b) => a - b)[Math.floor(stamps.length / 2)]).toBeLessThan(500);
    expect(linesOf(items)[0]!.text).toMatch(/^\d{13}$|^Started/);
  });

  test("[LG7] levels, bytes, long fields and several lines in one entry", async () => {
    await print(
      "demo-odd",
      `echo "<3>it broke"; echo "<7>detail"; printf "bytes \\\\377\\\\001 end\\\\n"; head -c 9000 /dev/zero | tr "\\\\0" x; echo`,
    );
    const items = await read({ name: "demo-odd.service" });
    const lines = linesOf(items);
    expect(lines.find(({ text }) => text === "it broke")?.level).toBe(3);
    expect(textsOf(await read({ name: "demo-odd.service", levelMax: 3 }))).toEqual(["it broke"]);
    expect(lines.find(({ text }) => text.startsWith("bytes"))?.text).toBe("bytes \ufffd end");
    expect(lines.find(({ text }) => text.startsWith("xxx"))?.text).toHaveLength(9_000);
    expect(
      textsOf(await read({ name: "demo-odd.service", search: { text: "^it (broke|works)$", isExpression: true } })),
    ).toEqual(["it broke"]);
  });

  test("[LG4] a cursor that was vacuumed away is a gap that says so, before the lines that are left", async () => {
    await print("demo-old", "echo old");
    const cursor = linesOf(await read({ name: "demo-old.service" })).at(-1)!.cursor;
    await host.shell("journalctl --rotate; sleep 1; journalctl --vacuum-time=1s");
    await print("demo-old", "echo new");
    const items = await read({ name: "demo-old.service", afterCursor: cursor });
    expect(gapsOf(items)).toHaveLength(1);
    expect("gap" in items[0]!).toBe(true);
    expect(textsOf(items)).toEqual(["new"]);
  });

  test("[LG11] names that are options, patterns or matches never reach journalctl", async () => {
    for (const name of [
      "--file=/etc/shadow.service",
      "*.service",
      "a.service _UID=0",
      "ssh",
      "a;b.service",
      "../x.service",
    ])
      await expect(read({ name })).rejects.toThrow("that is no name of a unit");
    await expect(read({ driver: "systemd-user", name: "nobody-here:app.service" })).rejects.toThrow("there is no user");
  });

  test("[LG1] the log of a unit of a user's own systemd", async () => {
    await host.shell(
      "useradd -m anna; d=/home/anna/.config/systemd/user; mkdir -p $d/default.target.wants; " +
        "printf '[Service]\\nType=oneshot\\nExecStart=/bin/sh -c \"echo from anna; sleep 0.5\"\\n' > $d/hers.service; " +
        "ln -s ../hers.service $d/default.target.wants/; chown -R anna: /home/anna; loginctl enable-linger anna; " +
        "for i in $(seq 100); do journalctl --sync; journalctl -q _UID=$(id -u anna) | grep -q 'from anna' && break; sleep 0.1; done",
    );
    expect(textsOf(await read({ driver: "systemd-user", name: "anna:hers.service" }))).toContain("from anna");
  });
});
