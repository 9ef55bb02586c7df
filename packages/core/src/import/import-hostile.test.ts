import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sshAddressProblems } from "../links/ssh-address.ts";
import { parseDefinition } from "../services/definitions/index.ts";
import { isServerName, SERVER_TAG, SERVER_TAGS_MAX } from "../server-name.ts";
import { detectFormat, detectRows, IMPORT_FORMATS } from "./detect-format.ts";
import type { ImportFormat } from "./detect-format.ts";
import { IMPORT_LIMITS } from "./plan.ts";
import type { ImportPlan } from "./plan.ts";
import { planImport, planRows } from "./plan-import.ts";
import type { ParseYaml } from "./plan-import.ts";

/** Only JSON, which is YAML too. */
const noYaml: ParseYaml = () => ({ ok: false, problems: [{ where: "line 1", problem: "is not YAML" }] });
const CHOICES = { user: "root", commands: new Map([["telegram_bot", "/usr/bin/python3 run.py"]]) };
const plan = (format: ImportFormat, text: string): ImportPlan => planImport(format, text, noYaml, CHOICES);

/** What holds of every plan, whatever the file was. */
function expectSound({ servers, definitions, ignored, problems }: ImportPlan): void {
  const names = servers.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, tags, notes, link } of servers) {
    expect(isServerName(name), name).toBe(true);
    expect(tags.length).toBeLessThanOrEqual(SERVER_TAGS_MAX);
    for (const tag of tags) expect(tag).toMatch(SERVER_TAG);
    expect(notes.length).toBeLessThanOrEqual(2_000);
    expect(notes).not.toMatch(/[^\P{Cc}\n]/u);
    if (link.kind === "ssh") {
      expect(sshAddressProblems(link)).toBeUndefined();
      if (link.via !== undefined) expect(names.indexOf(link.via)).toBeLessThan(names.indexOf(name));
      if (link.via !== undefined) expect(names).toContain(link.via);
    } else if (link.kind === "pull") expect(link.url).toMatch(/^https?:\/\/[^\s@]+$/);
  }
  expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
  for (const { fields } of definitions)
    expect(parseDefinition(fields, "hub")).toMatchObject({ ok: true, definition: { autostart: false } });
  for (const text of [...ignored.flatMap(({ what, why }) => [what, why]), ...problems.flatMap(Object.values<string>)]) {
    expect(text.length).toBeLessThan(3_000);
    expect(text).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
  }
  expect(problems.length + ignored.length).toBeLessThanOrEqual(2 * IMPORT_LIMITS.linesMax + 2);
}

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  "a\u0000b",
  "\u001b]52;c;aGk=\u0007\u001b[31m",
  "\u202Egnp.exe",
  "'; DROP TABLE server; --",
  "\r\nHost *\n  User root",
  "-oProxyCommand=touch /x",
  "=cmd|'/c calc'!A1",
  "\uD800 half",
  "__proto__",
  "constructor",
  "../../etc/passwd",
  "${jndi:ldap://x}",
  "",
  " ",
];
/** One entry of each list, of which any field can be made hostile. */
const ENTRIES: Partial<Record<ImportFormat, Readonly<Record<string, unknown>>>> = {
  "ipvtl-servers": { id: "1", name: "a", host: "h", port: 1, description: "d" },
  "tailscale-servers": { id: "1", name: "a", host: "h", ip: "i", tags: ["t"], services: [], metadata: {} },
  "tailscale-services": { name: "a", kind: "k", start_cmd: "/x y", working_dir: "/", ports: [1], api_url: "http://x" },
  "virgilio-backends": { name: "a", base_url: "http://h", api_token: "t", is_active: true, notes: "n" },
  "server-monitor-servers": { name: "a", host: "h", port: 22, username: "u", description: "d", tags: "a,b" },
  "prometheus-targets": { targets: ["h:1"], labels: { a: "b" } },
};
const entries = Object.entries(ENTRIES) as readonly (readonly [ImportFormat, Readonly<Record<string, unknown>>])[];
const hostileValues: readonly unknown[] = [
  ...HOSTILE,
  ...HOSTILE.map((text) => [text]),
  ...HOSTILE.map((text) => ({ [text]: text })),
  JSON.parse('{"__proto__":{"polluted":1}}'),
  null,
  true,
  -1,
  1.5,
  1e308,
  [[[]]],
  {},
];

describe("AG-17 hostile content", () => {
  test.each(entries)(
    "of every kind in every field of %s leaves the plan sound and nothing polluted",
    (format, entry) => {
      for (const field of Object.keys(entry))
        for (const value of hostileValues) {
          const list = [{ ...entry, [field]: value }, { ...entry, [field]: value }, entry];
          expectSound(plan(format, JSON.stringify(list)));
          expectSound(planRows(format, list, CHOICES));
        }
      expect(({} as { polluted?: number }).polluted).toBeUndefined();
    },
  );

  test.each(entries)("as names of fields of %s is told and pollutes nothing", (format, entry) => {
    const text = JSON.stringify([entry]).replace(
      "{",
      '{"__proto__":{"polluted":1},"constructor":{"x":1},"a\\u0000\\u202e":1,',
    );
    const made = plan(format, text);
    expectSound(made);
    expect(made.servers.length + made.definitions.length).toBe(1);
    const unknown = made.ignored.filter(({ why }) => why.includes("does not know"));
    expect(unknown.map(({ what }) => what)).toEqual(["__proto__", "constructor", '"a\\u{0}\\u{202e}"']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test.each(entries)("texts of 1 MB in %s end bounded", (format, entry) => {
    for (const field of Object.keys(entry))
      expectSound(plan(format, JSON.stringify([{ ...entry, [field]: "/x ".repeat(350_000) }])));
  });

  test.each(["ssh-config", "ansible-ini"] as const)("lines of %s stand for themselves alone", (format) => {
    for (const text of HOSTILE)
      for (const line of [
        `Host ${text}`,
        `Host a\n  HostName ${text}`,
        `[g]\nh ansible_host=${text}`,
        `[${text}]\nh`,
        `[g]\nh x="${text}`,
      ])
        expectSound(plan(format, line));
  });

  test("labels and groups called __proto__ are names like any other", () => {
    const targets = plan("prometheus-targets", '[{"targets":["h:1"],"labels":{"__proto__":"x","constructor":"y"}}]');
    expect(targets.servers[0]!.tags).toEqual(["constructor:y"]);
    const hosts = plan("ansible-yaml", '{"__proto__":{"hosts":{"constructor":{"__proto__":{"ansible_user":"x"}}}}}');
    expect(hosts.servers).toMatchObject([{ name: "constructor", tags: ["proto"], link: { user: "root" } }]);
  });
});

test("no message of a plan tells what a broken file of secrets holds", () => {
  for (const text of ['[{"api_token":"s3cret', '{"api_token": s3cret}', '[{"api_token":"s3cret"}} ']) {
    const made = plan("virgilio-backends", text);
    expect(made.problems).toHaveLength(1);
    expect(JSON.stringify(made)).not.toContain("s3cret");
  }
});

describe("limits", () => {
  const servers = (count: number): string =>
    JSON.stringify(Array.from({ length: count }, (_, index) => ({ name: "x", host: `h${index}`, port: 1 })));

  test("5,000 servers come in, each by a name of its own, and what is beyond is said", () => {
    const made = plan("ipvtl-servers", servers(IMPORT_LIMITS.serversMax + 3));
    expectSound(made);
    expect(made.servers).toHaveLength(IMPORT_LIMITS.serversMax);
    expect(made.servers.at(-1)!.name).toBe("x-5000");
    expect(made.problems.at(-1)).toEqual({
      where: "file",
      problem: expect.stringMatching(/more problems are not listed$/) as string,
    });
  });

  test.each([
    ["ansible-ini", "web[0001:9999]"],
    ["ansible-ini", "a[0:999]b[0:999]c[0:999]"],
    ["ansible-ini", `${"[0:9]".repeat(40)}`],
    ["ansible-ini", Array.from({ length: 3 }, (_, index) => `g${index}[1:2000]`).join("\n")],
    ["ansible-ini", Array.from({ length: 2_000 }, (_, index) => `[g${index}:children]\ng${index + 1}`).join("\n")],
    ["ansible-ini", "[a:children]\nb\n[b:children]\na\n[b]\nh"],
    ["ssh-config", Array.from({ length: 20_000 }, (_, index) => `Host h${index}\n`).join("")],
    [
      "ssh-config",
      `${"Host *a*a*a*a*a*b\n  Port 1\n".repeat(500)}Host ${Array.from({ length: 200 }, (_, index) => "a".repeat(90) + index).join(" ")}`,
    ],
    ["ssh-config", Array.from({ length: 3_000 }, (_, index) => `Host h${index}\n  ProxyJump h${index + 1}\n`).join("")],
    ["ansible-yaml", `${'{"a":{"children":'.repeat(500)}{}${"}}".repeat(500)}`],
    ["ipvtl-servers", `${"[".repeat(200_000)}${"]".repeat(200_000)}`],
    ["ipvtl-servers", `[{"host":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}]`],
  ] as const)("hostile sizes of %s end in a plan (%#)", (format, text) => {
    expectSound(plan(format, text));
  });

  test("a file that is too long, and YAML that is nested too deep, do not reach a parser", () => {
    const fails: ParseYaml = () => {
      throw new Error("was asked");
    };
    for (const [text, problem] of [
      [" ".repeat(IMPORT_LIMITS.fileBytesMax + 1), "has more than 8388608 characters"],
      [`a: ${" ".repeat(IMPORT_LIMITS.yamlBytesMax)}`, "which is too much for YAML"],
      ["[".repeat(1_000_000), "is nested too deep"],
      ["- ".repeat(100_000), "is nested too deep"],
      ["- {".repeat(100_000), "is nested too deep"],
      [`a:\n${" ".repeat(2_000)}b: 1`, "is nested too deep"],
    ] as const) {
      const { problems } = planImport("ansible-yaml", text, fails);
      expect(problems).toEqual([
        { where: expect.any(String) as string, problem: expect.stringContaining(problem) as string },
      ]);
    }
  });
});

/** Text of each form with parts cut out, doubled or replaced. */
const REAL: readonly string[] = [
  ...entries.map(([, entry]) => JSON.stringify([entry])),
  "Host a b *.c !d\n  HostName %h.e\n  Port 22\n  User u\n  ProxyJump x@a:1\nMatch all\n  Port 1\nInclude x\n",
  "[web]\nweb[01:03:2] ansible_host=1.2.3.4 x='y z' # c\n[web:vars]\nansible_port=1\n[all:children]\nweb\n",
  '{"services":{"telegram_bot":{"restart_policy":"always","tmux_session":"b"}},"monitoring":{"metrics":{"retention_days":7}}}',
  '{"all":{"hosts":{"a[1:2]":{"ansible_port":1}},"children":{"g":{"hosts":"h","vars":{"x":1}}}}}',
  '{"stats_retention_days":30,"scheduled_tasks":[{"name":"a","cron_expression":"* * * * *"}]}',
];
const damaged = fc
  .constantFrom(...REAL)
  .chain((real) =>
    fc
      .array(
        fc.tuple(
          fc.nat(real.length),
          fc.nat(12),
          fc.constantFrom("", "\0", '"', "'", "\\", "{", "[", ":", "=", "\n", "#", "%", "null", "1e9", "\u202e"),
        ),
        { maxLength: 4 },
      )
      .map((cuts) => cuts.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), real)),
  );

test.each(HOSTILE)("AG-18 a hostile name of a field, %j, is told as text that hides nothing", (name) => {
  const hostile = { services: { [name]: { restart_policy: "sometimes", [name]: [{}] } }, [name]: 1 };
  for (const format of IMPORT_FORMATS) expectSound(plan(format, JSON.stringify(hostile)));
});

test("AG-18 whatever the text, every reader gives a sound plan, and detecting it does not throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 300 }), fc.json(), damaged), (text) => {
      detectFormat("x", text);
      for (const format of IMPORT_FORMATS) expectSound(plan(format, text));
    }),
    { numRuns: 400 },
  );
});

test("AG-18 whatever the rows, every reader of lists gives a sound plan", () => {
  const keys = fc.constantFrom(...entries.flatMap(([, entry]) => Object.keys(entry)), "is_active", "ssh_password");
  const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.anything());
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.dictionary(keys, value), fc.anything()), { maxLength: 4 }), (rows) => {
      detectRows(rows);
      for (const format of IMPORT_FORMATS) expectSound(planRows(format, rows, CHOICES));
    }),
    { numRuns: 300 },
  );
});
