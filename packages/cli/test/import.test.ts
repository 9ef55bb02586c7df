import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { planImport } from "@muster/core";
import type { ImportFormat, ImportPlan } from "@muster/core";
import { needs, runProgram, temporaryDirectory } from "@muster/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { yamlReader } from "../src/import/parse-yaml.ts";
import { commandLine } from "./command-line.ts";
import type { CommandLineOptions } from "./command-line.ts";
import { idOf, serverOf } from "./fleet.ts";
import { scriptedHub } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../../../fixtures/import/${name}`, import.meta.url));

/** Every fixture, with what it must be recognised as and what is said beside it. */
const FIXTURES: readonly (readonly [name: string, format: ImportFormat, ...more: string[]])[] = [
  ["servers-ipvtl.json", "ipvtl-servers"],
  ["servers-ipvtl-old.json", "ipvtl-servers"],
  ["servers-tailscale.json", "tailscale-servers"],
  ["services_config.json", "tailscale-services", "--command", "FastAPI Backend=/opt/venv/bin/uvicorn main:app"],
  ["settings.json", "tailscale-settings"],
  ["services.yaml", "orbitvpn-services", "--command", "telegram_bot=/opt/bot/venv/bin/python /opt/bot/run.py"],
  ["backends.json", "virgilio-backends"],
  ["server-monitor.json", "server-monitor-servers"],
  ["ssh_config", "ssh-config"],
  ["inventory.ini", "ansible-ini", "--user", "root"],
  ["inventory.yaml", "ansible-yaml"],
  ["targets.json", "prometheus-targets"],
  ["targets.yaml", "prometheus-targets"],
];

test.each(FIXTURES)("%s is recognised as %s, and gives the plan that lies beside it", async (name, format, ...more) => {
  const result = await commandLine(["import", fixture(name), "--dry-run", "--json", ...more]);
  expect(result).toMatchObject({ code: 0, errors: "", questions: [] });
  const shown = JSON.parse(result.output) as { format: string };
  expect(shown.format).toBe(format);
  const golden = fixture(`${name}.plan.json`);
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, result.output);
  expect(result.output).toBe(readFileSync(golden, "utf8"));
});

const describeSsh = await needs("sshd");

describeSsh("an OpenSSH configuration", () => {
  test("says of each host what ssh itself makes of it", async () => {
    await using directory = await temporaryDirectory("ssh-config");
    const word = fc.constantFrom("a", "b", "ab", "a.x", "h1", "h2");
    const pattern = fc.oneof(word, fc.constantFrom("*", "a*", "?", "h?", "*.x", "!a", "!h*", '"b"'));
    const option = fc.oneof(
      fc.tuple(fc.constantFrom("User", "user"), fc.constantFrom("u", "v", '"w"')),
      fc.tuple(fc.constant("Port"), fc.constantFrom("22", "23", "2200")),
      fc.tuple(fc.constant("HostName"), fc.constantFrom("%h.net", "1.2.3.4", "x")),
      fc.tuple(fc.constant("ProxyJump"), fc.constantFrom("jump", "none")),
      fc.tuple(fc.constant("ProxyCommand"), fc.constantFrom("none")),
    );
    const line = fc
      .tuple(option, fc.constantFrom(" ", "=", " = ", "\t"))
      .map(([[name, value], by]) => `  ${name}${by}${value}`);
    const block = fc
      .tuple(fc.array(pattern, { minLength: 1, maxLength: 3 }), fc.array(line, { maxLength: 4 }))
      .map(([patterns, lines]) => [`Host ${patterns.join(" ")}`, ...lines].join("\n"));
    const file = fc
      .tuple(fc.array(line, { maxLength: 1 }), fc.array(block, { minLength: 1, maxLength: 5 }))
      .map(([lines, blocks]) => [...lines, ...blocks, "Host jump\n  HostName jump.net\n"].join("\n"));
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        writeFileSync(directory.file("config"), text);
        const { output } = await commandLine([
          "import",
          directory.file("config"),
          "--format",
          "ssh-config",
          "--dry-run",
          "--json",
          "--user",
          "nobody",
        ]);
        const { plan } = JSON.parse(output) as { plan: ImportPlan };
        for (const { name, link } of plan.servers) {
          if (link.kind !== "ssh") throw new Error("is no link by SSH");
          const said = await runProgram(["ssh", "-G", "-F", directory.file("config"), name]);
          const value = (key: string): string | undefined => new RegExp(`^${key} (.*)$`, "m").exec(said.stdout)?.[1];
          const user = value("user") === userInfo().username ? "nobody" : value("user");
          const jump = value("proxyjump");
          expect([link.host, String(link.port), link.user, link.via], text).toEqual([
            value("hostname"),
            value("port"),
            user,
            jump === "none" ? undefined : jump,
          ]);
          compared++;
        }
      }),
      { numRuns: 40 },
    );
    expect(compared).toBeGreaterThan(50);
  });
});

/** A database of server-monitor as it makes it itself, with one server and what must not come over. */
function serverMonitorDatabase(path: string): void {
  using db = new DatabaseSync(path);
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE servers (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, host TEXT NOT NULL UNIQUE,
      port INTEGER DEFAULT 22, username TEXT NOT NULL, description TEXT, ssh_key_path TEXT, ssh_password TEXT,
      agent_port INTEGER DEFAULT 8083, agent_installed INTEGER DEFAULT 0, status TEXT DEFAULT 'unknown',
      last_seen TIMESTAMP, tags TEXT, group_id INTEGER);
    CREATE TABLE admin_users (id INTEGER PRIMARY KEY, username TEXT, password_hash TEXT);
    INSERT INTO admin_users VALUES (1, 'admin', 'not-a-real-hash');`);
  db.prepare("INSERT INTO servers (name, host, username, ssh_password, tags) VALUES (?, ?, ?, ?, ?)").run(
    "web 1",
    "192.0.2.7",
    "root",
    "not-a-real-password",
    "web,prod",
  );
}

const planOf = async (argv: readonly string[]): Promise<{ format: string; plan: ImportPlan }> => {
  const { code, output, errors } = await commandLine(["import", ...argv, "--dry-run", "--json"]);
  if (code !== 0) throw new Error(errors);
  return JSON.parse(output) as { format: string; plan: ImportPlan };
};

test("a database of server-monitor is read, whatever it is called, and stays as it is", async () => {
  await using directory = await temporaryDirectory("import");
  const path = directory.file("any.bin");
  serverMonitorDatabase(path);
  const before = [statSync(path).mtimeMs, readFileSync(path).toString("hex")];
  const { format, plan } = await planOf([path]);
  expect([format, plan.servers, plan.problems]).toEqual([
    "server-monitor-servers",
    [
      {
        name: "web 1",
        tags: ["web", "prod"],
        notes: "",
        link: { kind: "ssh", host: "192.0.2.7", port: 22, user: "root" },
        hasSecret: false,
      },
    ],
    [],
  ]);
  expect(plan.ignored).toContainEqual({
    what: "ssh_password",
    why: expect.stringContaining("cannot be carried over") as string,
  });
  expect(JSON.stringify(plan)).not.toContain("not-a-real");
  expect([statSync(path).mtimeMs, readFileSync(path).toString("hex")]).toEqual(before);
});

test("a database of Virgilio is read, and its tokens are taken over and never shown", async () => {
  await using directory = await temporaryDirectory("import");
  const path = directory.file("virgilio.db");
  {
    using db = new DatabaseSync(path);
    db.exec(`CREATE TABLE monitored_backends (id INTEGER PRIMARY KEY, name VARCHAR(100), base_url VARCHAR(255),
        api_token VARCHAR(128), is_active BOOLEAN, display_order INTEGER, poll_interval_seconds INTEGER, notes TEXT,
        selected_metrics JSON, last_seen_at DATETIME, last_warning TEXT, created_at DATETIME, updated_at DATETIME);
      INSERT INTO monitored_backends (name, base_url, api_token, is_active) VALUES
        ('pi', 'http://pi.example.net:9000', 'not-a-real-token', 1), ('off', 'http://off.example.net:9000', 'x', 0);`);
  }
  const { format, plan } = await planOf([path]);
  expect([format, plan.servers.length, plan.servers[0]]).toMatchObject([
    "virgilio-backends",
    1,
    { name: "pi", hasSecret: true },
  ]);
  expect(plan.ignored).toContainEqual({ what: 'server "off"', why: "it is turned off there" });
  const { output } = await commandLine(["import", path, "--dry-run"]);
  expect(output + JSON.stringify(plan)).not.toContain("not-a-real-token");
});

test.each([
  ["has none of the tables", "CREATE TABLE other (x)"],
  ["has none of the tables", "CREATE TABLE t (x); CREATE VIEW servers AS SELECT * FROM t"],
  ["has none of the tables", "CREATE VIRTUAL TABLE servers USING fts5(name, host, username)"],
])("a database that %s is refused: %s", async (words, sql) => {
  await using directory = await temporaryDirectory("import");
  const path = directory.file("x.db");
  {
    using db = new DatabaseSync(path);
    db.exec(sql);
  }
  const { code, errors } = await commandLine(["import", path, "--dry-run"]);
  expect([code, errors]).toEqual([64, expect.stringContaining(words)]);
});

test("AG-17 hostile names of columns and cells of 1 MB are read bounded", async () => {
  await using directory = await temporaryDirectory("import");
  const path = directory.file("x.db");
  {
    using db = new DatabaseSync(path);
    db.exec(
      `CREATE TABLE servers (name TEXT, host TEXT, username TEXT, "a""; DROP TABLE servers; --" TEXT, "__proto__" TEXT, b BLOB)`,
    );
    db.prepare("INSERT INTO servers VALUES (?, 'h', 'u', ?, 'x', zeroblob(1000000))").run(
      "n".repeat(1_000_000),
      "z".repeat(1_000_000),
    );
  }
  const { plan } = await planOf([path]);
  expect(plan.servers).toMatchObject([{ name: "n".repeat(64), link: { host: "h" } }]);
  expect(JSON.stringify(plan).length).toBeLessThan(3_000);
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test("a damaged database says so", async () => {
  await using directory = await temporaryDirectory("import");
  const path = directory.file("x.db");
  serverMonitorDatabase(path);
  writeFileSync(path, Buffer.concat([readFileSync(path).subarray(0, 100), Buffer.alloc(8_092, 7)]));
  const { code, errors } = await commandLine(["import", path, "--dry-run"]);
  expect([code, errors]).toEqual([64, expect.stringContaining("cannot be used")]);
});

test.each([
  ["nowhere.json", "there is no such file"],
  ["directory", "it is a directory"],
  ["words.txt", "is nothing that Muster knows"],
  ["servers.json", "one of ipvtl-servers, tailscale-servers, server-monitor-servers"],
  ["large.json", "is larger than 8388608 bytes"],
])("%s cannot be imported: %s", async (name, words) => {
  await using directory = await temporaryDirectory("import");
  mkdirSync(directory.file("directory"));
  writeFileSync(directory.file("words.txt"), "just words");
  writeFileSync(directory.file("servers.json"), "[]");
  writeFileSync(directory.file("large.json"), " ".repeat(8 * 1024 * 1024 + 1));
  const { code, errors } = await commandLine(["import", directory.file(name), "--dry-run"]);
  expect([code, errors]).toEqual([64, expect.stringContaining(words)]);
});

test.each([
  ["a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "line 2", "refers to another place"],
  ["all:\n  hosts:\n    h:\nall:\n  hosts:", "line 4", "names a key that stands there before"],
  ["all:\n  hosts:\n  - s3cret\n x", "line 4", "is not YAML"],
  ["a: 1\n---\nb: 2", "line 2", "begins a second document"],
  ["? [a]\n: b", "line 1", "has a key that is no text"],
  ["", "file", "is empty"],
])("[AG-17] YAML %j is refused at its line", async (text, where, problem) => {
  const plan = planImport("ansible-yaml", text, await yamlReader());
  expect(plan.servers).toEqual([]);
  expect(plan.problems[0]).toEqual({ where, problem: expect.stringContaining(problem) as string });
  expect(JSON.stringify(plan)).not.toContain("s3cret");
});

test("[AG-17] a key of YAML called __proto__ is a key like any other, and many keys take no square of time", async () => {
  const parseYaml = await yamlReader();
  const parsed = parseYaml("__proto__:\n  hosts:\n    h: { __proto__: x }\n");
  if (!parsed.ok) throw new Error("is refused");
  expect(Object.keys(parsed.tree as object)).toEqual(["__proto__"]);
  const hosts = Array.from({ length: 6_000 }, (_, index) => `    h${index}: { ansible_user: u }`).join("\n");
  const plan = planImport("ansible-yaml", `all:\n  hosts:\n${hosts}`, parseYaml);
  expect([plan.servers.length, plan.problems.length]).toEqual([5_000, 1]);
});

/** A hub with one server, which takes definitions and a retention. */
function world() {
  const put: unknown[] = [];
  const handlers: Handlers = {
    "GET /api/v1/servers": () => ({ items: [serverOf(1, "home")] }),
    "GET /api/v1/system/retention": () => ({ samplesDays: 30, minutesDays: 40, hoursDays: 400, bytesMax: null }),
    "PUT /api/v1/system/retention": ({ body }) => {
      put.push(body);
      return body;
    },
    "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": ({ params, body }) => {
      put.push({ params, body });
      return { cmd: "c", outcome: "succeeded", detail: "set", tookMs: 5, auditSeq: 1 };
    },
  };
  return { put, handlers };
}

async function muster(argv: readonly string[], handlers: Handlers, more: CommandLineOptions = {}) {
  await using hub = await scriptedHub(handlers);
  const result = await commandLine(["import", ...argv], {
    env: { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url },
    ...more,
  });
  return { ...result, asked: hub.asked };
}

test("services are shown, asked about and set on the server that was named, started by nobody", async () => {
  const { put, handlers } = world();
  const argv = [fixture("services_config.json"), "--server", "home"];
  const no = await muster(argv, handlers, { person: "asked", answers: ["no"] });
  expect([no.code, put]).toEqual([64, []]);
  expect(no.questions[0]).toContain("Set 2 services on home?");
  expect(no.errors).toContain("needs a shell for a pipe (|)");
  const { code, output } = await muster([...argv, "--yes"], handlers);
  expect([code, output.split("\n").slice(1, 3)]).toEqual([
    0,
    [expect.stringMatching(/^made +service +worker +set$/), expect.stringMatching(/^made +service +site +set$/)],
  ]);
  expect(put).toMatchObject([
    {
      params: { id: idOf("server", 1), driver: "process", name: "worker" },
      body: { definition: { autostart: false, environment: { LEVEL: "info", WORKERS: "2" } } },
    },
    { params: { name: "site" } },
  ]);
});

test("a longer retention is taken over, a shorter one never drops history", async () => {
  const { put, handlers } = world();
  expect((await muster([fixture("settings.json"), "--yes"], handlers)).output).toContain(
    "samples are kept 45 days, 30 before",
  );
  expect(put).toEqual([{ samplesDays: 45, minutesDays: 45, hoursDays: 400, bytesMax: null }]);
  const { code, output } = await muster([fixture("services.yaml"), "--yes"], handlers);
  expect([code, output, put.length]).toEqual([0, expect.stringContaining("which is not shorter"), 1]);
});

test("what a dry run shows needs no hub, and nothing is asked where nothing would be made", async () => {
  const dry = await commandLine(["import", fixture("ssh_config"), "--dry-run"]);
  expect(dry.code).toBe(0);
  for (const words of [
    "Servers (7)",
    "db ",
    "jump@bastion.example.net",
    "everyone@10.0.0.5 port 2222 over bastion",
    "Ignored (7)",
    "To look at (3)",
  ])
    expect(dry.output).toContain(words);
  await using directory = await temporaryDirectory("import");
  writeFileSync(directory.file("inventory.ini"), "[empty]\n");
  const { code, output } = await commandLine(["import", directory.file("inventory.ini"), "--yes"]);
  expect([code, output]).toEqual([0, expect.stringContaining("There is nothing in it that Muster could take over.")]);
});

test("[AG-17] what a file holds moves nobody's cursor", async () => {
  await using directory = await temporaryDirectory("import");
  const text = JSON.stringify([
    { name: "a", host: "h", port: 1, "\u001b[31m\u202e": 1, description: "\u001b]0;x\u0007" },
    { name: "\u001b[2J", host: "\u009b2J" },
  ]);
  writeFileSync(directory.file("servers.json"), text);
  const { output } = await commandLine(["import", directory.file("servers.json"), "--dry-run"]);
  // oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
  expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

test("servers are added one by one, and the token of one that pushes is shown once", async () => {
  const { handlers } = world();
  const added: unknown[] = [];
  const adding: Handlers = {
    ...handlers,
    "POST /api/v1/servers": ({ body }) => {
      added.push(body);
      const { name, link } = body as { name: string; link: { kind: string } };
      return { server: serverOf(added.length + 1, name), token: link.kind === "push" ? "mhb1.once" : null };
    },
  };
  const { code, output } = await muster([fixture("targets.yaml"), "--yes"], adding);
  expect(code).toBe(0);
  expect(added.length).toBeGreaterThan(0);
  expect(added[0]).toMatchObject({ link: { kind: "pull", adapter: "node-exporter" } });
  expect(output).not.toContain("mhb1");
  const pushing = await muster([fixture("servers-tailscale.json"), "--yes"], adding);
  expect(pushing.output).toContain("its token, shown this once: mhb1.once");
});

test("a key is known by its name; one that is not there, and a server that is not, stop it before the question", async () => {
  const added: unknown[] = [];
  const key = {
    ...{
      id: idOf("action", 7),
      name: "fleet",
      type: "ssh-ed25519",
      publicKey: "ssh-ed25519 A",
      fingerprint: "SHA256:k",
    },
    ...{ createdAt: 1, createdBy: "anna", usedBy: [] },
  };
  const { handlers } = world();
  const adding: Handlers = {
    ...handlers,
    "GET /api/v1/ssh-keys": () => ({ items: [key] }),
    "POST /api/v1/servers": ({ body }) => {
      added.push(body);
      return { server: serverOf(added.length + 1, body.name), token: null };
    },
  };
  for (const argv of [
    [fixture("ssh_config"), "--key", "none"],
    [fixture("services_config.json"), "--server", "nowhere"],
  ]) {
    const { code, questions } = await muster(argv, adding, { person: "asked", answers: ["yes"] });
    expect([code, questions, added]).toEqual([66, [], []]);
  }
  expect((await muster([fixture("ssh_config"), "--yes", "--key", "fleet"], adding)).code).toBe(0);
  expect(added).toHaveLength(7);
  expect(added[0]).toMatchObject({ link: { authentication: "key", keyId: key.id } });
});

test.each([
  [[fixture("services_config.json"), "--yes"], "--server"],
  [[fixture("ssh_config"), "--yes"], "--key: is needed"],
  [[fixture("services.yaml"), "--command", "telegram_bot"], "--command"],
  [[fixture("targets.yaml"), "--format", "csv"], "Allowed choices"],
])("%j is refused before anything is asked", async (argv, words) => {
  const { code, errors, asked } = await muster(argv, world().handlers);
  expect([code, errors, asked]).toEqual([64, expect.stringContaining(words), []]);
});
