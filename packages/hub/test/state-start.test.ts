import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ERRORS, isMusterError } from "@muster/core";
import type { ErrorCode, MusterError } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { FakeClock, runProgram, startProgram, temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { startHub } from "../src/start-hub.ts";
import type { RunningHub } from "../src/start-hub.ts";
import { MIGRATIONS } from "../src/state/migrations/catalog.ts";
import { expectGolden } from "./golden-file.ts";
import { startTestHub, testConfig } from "./harness.ts";

const HUB_PROGRAM = new URL("hub-program.ts", import.meta.url).pathname;
const clock = new FakeClock();
const start = (
  directory: TemporaryDirectory,
  settings = {},
  metricStore: "memory" | "engine" = "memory",
): Promise<RunningHub> =>
  startHub(
    { config: testConfig(directory, settings) },
    { clock: metricStore === "engine" ? systemClock : clock, writeLog: () => undefined, metricStore },
  );

/** What a start that must fail says. */
async function failure(directory: TemporaryDirectory, code: ErrorCode, settings = {}): Promise<MusterError> {
  const outcome: unknown = await start(directory, settings).then(
    (hub) => hub.stop().then(() => "started"),
    (error: unknown) => error,
  );
  if (!isMusterError(outcome, code)) throw new Error(`expected ${code}`, { cause: outcome });
  return outcome;
}

/** A data directory that a hub has used and left. */
async function usedDirectory(): Promise<TemporaryDirectory> {
  const directory = await temporaryDirectory("start");
  await (await start(directory)).stop();
  return directory;
}
const stateFile = (directory: TemporaryDirectory): string => directory.file("data", "state.db");

describe("the state database", () => {
  test("an empty one after all migrations has the schema that is written down", async () => {
    await using directory = await usedDirectory();
    const db = new DatabaseSync(stateFile(directory));
    const objects = db.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").all();
    const pragma = (name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    const head = `-- application_id ${String(pragma("application_id"))}, user_version ${String(pragma("user_version"))}\n`;
    const text = objects.map(({ sql }) => `${String(sql).replace(/\n\s+/g, "\n  ")};`).join("\n");
    expect([pragma("journal_mode"), pragma("user_version")]).toEqual(["wal", MIGRATIONS.length]);
    db.close();
    expectGolden(new URL("golden/state-schema.sql", import.meta.url), `${head}${text}\n`);
  });

  test("migrations are numbered without a gap", () => {
    expect(MIGRATIONS.map(({ name }) => Number(name.slice(0, 4)))).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  test("one of a newer program is refused untouched", async () => {
    await using directory = await usedDirectory();
    const db = new DatabaseSync(stateFile(directory));
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    db.close();
    const before = readFileSync(stateFile(directory));
    const error = await failure(directory, "DATABASE_NEWER");
    expect(error.message).toContain(`schema ${MIGRATIONS.length + 1}`);
    expect(readFileSync(stateFile(directory)).equals(before)).toBe(true);
  });

  test.for([
    ["garbage", (path: string) => writeFileSync(path, "this is no database, it is a letter".repeat(100))],
    [
      "another program's database",
      (path: string) => {
        rmSync(path);
        const db = new DatabaseSync(path);
        db.exec("CREATE TABLE x (y); PRAGMA application_id = 5");
        db.close();
      },
    ],
    ["half of one", (path: string) => truncateSync(path, 8_192)],
    [
      "one with a broken page",
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.fill(0xff, 4_096);
        writeFileSync(path, bytes);
      },
    ],
  ] as const)("%s is said to be damaged, and nothing is held", async ([, damage]) => {
    await using directory = await usedDirectory();
    copyFileSync(stateFile(directory), directory.file("saved"));
    damage(stateFile(directory));
    await failure(directory, "DATABASE_DAMAGED");
    copyFileSync(directory.file("saved"), stateFile(directory));
    await (await start(directory)).stop();
  });
});

describe("[CR-03] the key-encryption key", () => {
  test("[CR-03] is made at the very first start only, 32 bytes, mode 0400, apart from the data", async () => {
    await using directory = await usedDirectory();
    const kek = directory.file("kek");
    expect([readFileSync(kek).length, statSync(kek).mode & 0o777]).toEqual([32, 0o400]);
    const before = readFileSync(kek);
    await (await start(directory)).stop();
    expect(readFileSync(kek).equals(before)).toBe(true);
  });

  test.for([
    ["missing", (kek: string) => rmSync(kek), /is missing.*put it back/],
    [
      "of another hub",
      (kek: string) => {
        chmodSync(kek, 0o600);
        writeFileSync(kek, Buffer.alloc(32, 7));
      },
      /does not open with this key-encryption key/,
    ],
    [
      "too short",
      (kek: string) => {
        chmodSync(kek, 0o600);
        writeFileSync(kek, "short");
      },
      /exactly 32 bytes/,
    ],
    [
      "empty",
      (kek: string) => {
        chmodSync(kek, 0o600);
        writeFileSync(kek, "");
      },
      /exactly 32 bytes/,
    ],
    ["readable by others", (kek: string) => chmodSync(kek, 0o444), /has mode 444/],
    [
      "a symbolic link",
      (kek: string) => {
        renameSync(kek, `${kek}2`);
        symlinkSync(`${kek}2`, kek);
      },
      /symbolic link/,
    ],
    [
      "a directory",
      (kek: string) => {
        rmSync(kek);
        mkdirSync(kek);
      },
      /not a plain file/,
    ],
  ] as const)("[CR-03] %s: no start, with what to do, and no key is made anew", async ([, spoil, message]) => {
    await using directory = await usedDirectory();
    const keys = directory.file("data", "keys");
    const before = readdirSync(keys).map((name) => readFileSync(join(keys, name), "hex"));
    spoil(directory.file("kek"));
    const error = await failure(directory, "KEY_MISSING");
    expect(error.message).toMatch(message);
    expect(readdirSync(keys).map((name) => readFileSync(join(keys, name), "hex"))).toEqual(before);
  });

  test("[CR-03] a sealed key with a wide mode, or without its root, is refused", async () => {
    await using directory = await usedDirectory();
    chmodSync(directory.file("data", "keys", "hub.sealed"), 0o644);
    expect((await failure(directory, "DATA_DIRECTORY_UNSAFE")).message).toContain("has mode 644");
    chmodSync(directory.file("data", "keys", "hub.sealed"), 0o600);
    rmSync(directory.file("data", "keys", "root.sealed"));
    expect((await failure(directory, "KEY_MISSING")).message).toContain("restore the data directory");
  });

  test("[CR-03] a damaged hub certificate is signed anew by the same root", async () => {
    await using directory = await usedDirectory();
    const path = directory.file("data", "keys", "hub.cert.json");
    const before = JSON.parse(readFileSync(path, "utf8")) as { rootPub: string; hubPub: string };
    writeFileSync(path, "{");
    await (await start(directory)).stop();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ rootPub: before.rootPub, hubPub: before.hubPub });
  });
});

describe("[FS-06] the data directory", () => {
  test("[FS-06] is 0700, everything in it 0600 or 0700, whatever the umask", async () => {
    await using directory = await temporaryDirectory("modes");
    const umask = process.umask(0);
    try {
      const hub = await start(directory, {}, "engine");
      const modes = (at: string): [string, number][] =>
        readdirSync(at, { withFileTypes: true }).flatMap((entry): [string, number][] => [
          [entry.name, statSync(join(at, entry.name)).mode & 0o777],
          ...(entry.isDirectory() ? modes(join(at, entry.name)) : []),
        ]);
      const data = directory.file("data");
      expect(statSync(data).mode & 0o777).toBe(0o700);
      const found = modes(data);
      expect(found.map(([name]) => name)).toEqual(
        expect.arrayContaining([
          "state.db",
          "state.db-wal",
          "metrics.db",
          "hub.lock",
          "hub.holder.json",
          "keys",
          "root.sealed",
          "hub.sealed",
          "hub.cert.json",
        ]),
      );
      expect(found.filter(([, mode]) => (mode & 0o077) !== 0)).toEqual([]);
      await hub.stop();
      expect(modes(data).filter(([, mode]) => (mode & 0o077) !== 0)).toEqual([]);
    } finally {
      process.umask(umask);
    }
  });

  test.for([
    ["open to others", (data: string) => chmodSync(data, 0o755), /has mode 755; make it 700/],
    [
      "a symbolic link",
      (data: string) => {
        renameSync(data, `${data}2`);
        symlinkSync(`${data}2`, data);
      },
      /is not a directory/,
    ],
    [
      "a file",
      (data: string) => {
        rmSync(data, { recursive: true });
        writeFileSync(data, "");
      },
      /EEXIST|not a directory/,
    ],
  ] as const)("[FS-06] %s: refused", async ([, spoil, message]) => {
    await using directory = await usedDirectory();
    spoil(directory.file("data"));
    expect((await failure(directory, "DATA_DIRECTORY_UNSAFE")).message).toMatch(message);
  });

  test("a second hub on it is refused and told who holds it; after the first has stopped it starts", async () => {
    await using first = await startTestHub();
    const error = await failure(first.directory, "DATA_DIRECTORY_IN_USE");
    expect(error.message).toMatch(
      new RegExp(`process ${process.pid}, listening on 127\\.0\\.0\\.1:0, running since 2026-`),
    );
    expect((await first.client().get("/healthz")).status).toBe(200);
    await first.stop();
    await (await start(first.directory)).stop();
  });

  test("a port that is taken is said, and the directory is free again", async () => {
    await using first = await startTestHub({ users: {} });
    await using directory = await temporaryDirectory("port");
    const error = await failure(directory, "ADDRESS_IN_USE", { listen: `127.0.0.1:${first.port}` });
    expect(error.message).toContain(`Port ${first.port} on 127.0.0.1 is taken`);
    expect(
      (await failure(directory, "CONFIG_INVALID", { listen: "203.0.113.7:1", publicUrl: "https://x.example" })).details
        .fields,
    ).toHaveProperty("listen");
    await (await start(directory)).stop();
  });
});

describe("as a program", () => {
  const argv = (directory: TemporaryDirectory, ...more: string[]): string[] => [
    process.execPath,
    HUB_PROGRAM,
    ...["--data-dir", directory.file("data"), "--kek-file", directory.file("kek"), "--listen", "127.0.0.1:0"],
    ...more,
  ];

  test("a wrong configuration ends with 78, all problems, and nothing made", async () => {
    await using directory = await temporaryDirectory("program");
    const { exitCode, stderr, stdout } = await runProgram(
      argv(directory, "--interval-ms", "soon", "--colour", "red", "--config", directory.file("none")),
    );
    expect(exitCode).toBe(78);
    expect(stderr).toBe(
      `muster hub: The configuration is not valid.\n  --colour: is not a setting\n  ${directory.file("none")}: cannot be read (ENOENT)\n  --interval-ms: must be a whole number\n`,
    );
    expect([stdout, readdirSync(directory.path)]).toEqual(["", []]);
  });

  test("--print-config tells every value with its origin and starts nothing", async () => {
    await using directory = await temporaryDirectory("program");
    const { exitCode, stdout } = await runProgram(argv(directory, "--print-config"), {
      env: { MUSTER_LOG_LEVEL: "warn" },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`dataDir: ${JSON.stringify(directory.file("data"))}  # flag\n`);
    expect(stdout).toContain('logLevel: "warn"  # environment\n');
    expect(stdout).toContain("retentionDays: 30  # default\n");
    expect(stdout).toContain("tlsCertFile: -  # default\n");
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test(
    "it says where the first administrator is made, refuses a second on its directory with 73, and stops with 0",
    { timeout: 60_000 },
    async () => {
      await using directory = await temporaryDirectory("program");
      await using first = await startProgram(argv(directory));
      const [, url] = await first.says(/Make the first administrator here, once: (http:\S+\/setup#\S+)\n/);
      expect(first.stderr).not.toContain(new URL(url!).hash.slice(1));
      await first.says(/Muster listens on http:\/\/127\.0\.0\.1:\d+\n/);
      const second = await runProgram(argv(directory));
      expect([second.exitCode, second.stdout]).toEqual([ERRORS.DATA_DIRECTORY_IN_USE.exit, ""]);
      expect(second.stderr).toContain(`process ${first.pid}`);
      // The way out of the kernel frees the directory, too.
      first.signal("SIGKILL");
      await first.exited;
      await using third = await startProgram(argv(directory));
      await third.says(/Muster listens on/);
      expect(await third.stop("SIGTERM")).toEqual({ code: 0, signal: null });
    },
  );

  test.for([
    [
      "DATABASE_NEWER",
      (directory: TemporaryDirectory) => {
        const db = new DatabaseSync(stateFile(directory));
        db.exec("PRAGMA user_version = 999");
        db.close();
      },
    ],
    [
      "DATABASE_DAMAGED",
      (directory: TemporaryDirectory) => writeFileSync(stateFile(directory), "garbage".repeat(1_000)),
    ],
    ["KEY_MISSING", (directory: TemporaryDirectory) => rmSync(directory.file("kek"))],
    ["DATA_DIRECTORY_UNSAFE", (directory: TemporaryDirectory) => chmodSync(directory.file("data"), 0o777)],
  ] as const)("%s ends with its exit code and one clear sentence", async ([code, spoil]) => {
    await using directory = await usedDirectory();
    spoil(directory);
    const { exitCode, stderr } = await runProgram(argv(directory));
    expect(exitCode).toBe(ERRORS[code].exit);
    expect(stderr).toMatch(/^muster hub: [A-Z].*\.\n$/);
  });
});
