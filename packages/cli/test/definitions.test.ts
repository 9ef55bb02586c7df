import { writeFileSync } from "node:fs";
import { isFields, parseDefinition } from "@muster/core";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { Credentials, credentialsPath } from "../src/client/credentials.ts";
import { commandLine } from "./command-line.ts";
import type { CommandLineOptions } from "./command-line.ts";
import { idOf, serverOf } from "./fleet.ts";
import { musterAt, scriptedHub } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

/** A definition as a server tells it: whole. */
function whole(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const parsed = parseDefinition(fields, "hub");
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  return { ...parsed.definition };
}

const PRESENT = whole({
  name: "worker",
  kind: "worker",
  command: ["/usr/bin/python3", "old.py"],
  directory: "/srv/app",
  environment: { LEVEL: "debug" },
});
/** Every field that a definition can have, none of them at its default. */
const EVERY_FIELD = {
  driver: "process",
  name: "_api.v2",
  description: "The API",
  kind: "backend",
  command: ["/usr/bin/node", "server.js"],
  directory: "/srv/api",
  user: "app",
  environment: { LEVEL: "info" },
  secrets: ["API_KEY"],
  ports: [8080],
  urls: ["http://127.0.0.1:8080/"],
  autostart: false,
  dependsOn: ["db"],
  ready: { by: "time", afterMs: 2_000 },
  stop: { signal: "INT", graceMs: 3_000 },
  restart: {
    when: "always",
    successCodes: [3],
    delayMs: 1,
    factor: 3,
    delayMsMax: 30_000,
    jitter: 0.5,
    restartsMax: 3,
    windowMs: 60_000,
    stableAfterMs: 5_000,
  },
  checks: [{ name: "open", target: { by: "tcp", host: "127.0.0.1", port: 8_080 } }],
  logs: { fileBytesMax: 1_048_576, filesMax: 2 },
  limits: { memoryBytesMax: 268_435_456, openFilesMax: 1_024 },
};
const FILE = `
name: worker
kind: worker
command: [/usr/bin/python3, new.py]
directory: /srv/app
secrets: [API_KEY]
restart: { when: always }
`;
const outcome = { cmd: "c", outcome: "succeeded", detail: "it runs", tookMs: 5, auditSeq: 1 } as const;

/** A server with one definition; what is set there is remembered. */
function world(more: Handlers = {}) {
  const put: unknown[] = [];
  const handlers: Handlers = {
    "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1")] }),
    "GET /api/v1/servers/{id}/definitions": () => ({
      items: [
        { definition: PRESENT, from: "hub" },
        { definition: { ...PRESENT, name: "own" }, from: "file" },
      ],
      problems: ["bad.yaml: no command"],
    }),
    "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": ({ params, body }) => {
      put.push({ params, body });
      return outcome;
    },
    "DELETE /api/v1/servers/{id}/definitions/{driver}/{name}": ({ params }) => {
      put.push({ params });
      return outcome;
    },
    ...more,
  };
  return { handlers, put };
}

const muster = musterAt();

async function define(text: string, argv: readonly string[], handlers: Handlers, more: CommandLineOptions = {}) {
  await using directory = await temporaryDirectory("define");
  writeFileSync(directory.file("worker.yaml"), text);
  return await muster(["define", "web-1", directory.file("worker.yaml"), ...argv], handlers, more);
}

test("a definition is shown as what it changes, asked about and then set", async () => {
  const { handlers, put } = world();
  const no = await define(FILE, [], handlers, { person: "asked", answers: ["no"] });
  expect([no.code, put]).toEqual([64, []]);
  expect(no.errors.split("\n").slice(0, 7)).toEqual([
    "worker (process) changes",
    '  - command[1]: "old.py"',
    '  + command[1]: "new.py"',
    '  - environment.LEVEL: "debug"',
    '  - restart.when: "on-failure"',
    '  + restart.when: "always"',
    '  + secrets[0]: "API_KEY"',
  ]);
  const yes = await define(FILE, ["--yes", "--secret", "API_KEY", "--reason", "a new one"], handlers, {
    answers: ["the secret"],
  });
  expect(yes.output).toBe("succeeded  define worker@web-1: it runs\n");
  expect(put).toEqual([
    {
      params: { id: idOf("server", 1), driver: "process", name: "worker" },
      body: {
        definition: {
          driver: "process",
          name: "worker",
          kind: "worker",
          command: ["/usr/bin/python3", "new.py"],
          directory: "/srv/app",
          secrets: ["API_KEY"],
          restart: { when: "always" },
        },
        secrets: { API_KEY: "the secret" },
        reason: "a new one",
      },
    },
  ]);
  expect(yes.output + yes.errors).not.toContain("the secret");
});

test("with every field set, only what differs is shown, and a field that is left out goes back to its default", async () => {
  const { handlers } = world({
    "GET /api/v1/servers/{id}/definitions": () => ({
      items: [{ definition: whole(EVERY_FIELD), from: "hub" }],
      problems: [],
    }),
  });
  const diff = async (fields: object): Promise<readonly string[]> => {
    const { errors } = await define(JSON.stringify(fields), ["--yes"], handlers);
    return errors.split("\n").slice(0, -1);
  };
  expect(await diff(EVERY_FIELD)).toEqual(["_api.v2 (process) stays as it is"]);
  for (const [field, value] of Object.entries(EVERY_FIELD)) {
    if (field === "driver" || field === "name" || field === "command") continue;
    const left = Object.fromEntries(Object.entries(EVERY_FIELD).filter(([name]) => name !== field));
    const [head, ...lines] = await diff(left);
    expect(head).toBe("_api.v2 (process) changes");
    expect(lines.every((line) => line.includes(` ${field}`))).toBe(true);
    // Each part of it was there, and is told to go.
    const parts = isFields(value) && field !== "environment" ? Object.keys(value) : [""];
    for (const part of parts.filter((name) => name !== "by")) {
      const path = part === "" ? field : `${field}.${part}`;
      expect(lines.filter((line) => line.startsWith(`  - ${path}`))).not.toEqual([]);
    }
  }
});

test("several are set once each: the one that wants a proof of identity does not send those before it again, and a later refusal does not hide them", async () => {
  const set: string[] = [];
  const { handlers } = world({
    "POST /api/v1/login": () => ({
      user: { id: idOf("server", 9), name: "anna", role: "operator" },
      csrfToken: "csrf",
      rights: [],
      provedAt: 1,
      hub: { version: "0", now: 1, warnings: [] },
    }),
    "POST /api/v1/logout": () => null,
    "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": ({ params, headers }) => {
      if (params.name === "two" && headers.authorization !== undefined) return { refuse: "STEP_UP_NEEDED" };
      if (params.name === "three") return { refuse: "SERVER_OFFLINE" };
      set.push(params.name);
      return outcome;
    },
  });
  const three = JSON.stringify(["one", "two", "three"].map((name) => ({ name, command: ["/bin/true"] })));
  await using directory = await temporaryDirectory("define");
  writeFileSync(directory.file("three.json"), three);
  await using hub = await scriptedHub(handlers);
  new Credentials(credentialsPath({}, directory.path)).remember(new URL(hub.url), {
    user: "anna",
    token: "t",
    tokenId: "t",
  });
  const result = await commandLine(["define", "web-1", directory.file("three.json"), "--yes"], {
    env: { MUSTER_URL: hub.url },
    homeDirectory: directory.path,
    person: "asked",
    answers: ["the password"],
  });
  expect([result.code, set]).toEqual([69, ["one", "two"]]);
  expect(result.output).toBe("succeeded  define one@web-1: it runs\nsucceeded  define two@web-1: it runs\n");
});

test("JSON and lists of definitions are taken too, and the worst outcome decides", async () => {
  let count = 0;
  const { handlers } = world({
    "PUT /api/v1/servers/{id}/definitions/{driver}/{name}": () => ({
      ...outcome,
      outcome: count++ === 0 ? "succeeded" : "refused",
      detail: "no entry allows service.define",
    }),
  });
  const two = JSON.stringify([
    { name: "one", command: ["/bin/true"] },
    { name: "two", driver: "tmux", command: ["/bin/true"] },
  ]);
  const { code, output } = await define(two, ["--yes"], handlers);
  expect([code, output]).toEqual([77, expect.stringContaining("refused    define two@web-1: no entry allows")]);
});

test.each([
  ["command: [/bin/true]", "name: is needed"],
  ["{ name: a/b, command: [/x] }", "name: must be"],
  ["{ name: x, driver: systemd, command: [/x] }", "driver: must be"],
  ["{ name: x, command: [/x], restart: { wen: always } }", "restart.wen: "],
  ["- { name: x, command: [x] }", "[0].command"],
  ["just text", "definition: must be a map"],
  ["{ name: a/b, command: [x], restart: { wen: always } }", "command"],
  ["[]", "defines nothing"],
  ["- { name: x, command: [/x] }\n- { name: x, command: [/x] }", "defines x twice"],
  ["name: [", "cannot be used"],
  ["a: &a [x]\nname: x\nb: *a", "cannot be used"],
])("a file with %j is refused before anything is asked", async (text, words) => {
  const { handlers, put } = world();
  const { code, errors } = await define(text, ["--yes"], handlers);
  expect([code, errors, put]).toEqual([64, expect.stringContaining(words), []]);
});

test("a secret that no definition lists is refused before its value is asked for", async () => {
  const { handlers } = world();
  const { code, errors, questions } = await define(FILE, ["--yes", "--secret", "OTHER"], handlers);
  expect([code, errors, questions]).toEqual([64, expect.stringContaining("OTHER stands in no definition's list"), []]);
});

test("a secret that has no value yet is said, one that was there before may have one", async () => {
  const { handlers } = world();
  const first = await define(FILE, ["--yes"], handlers);
  expect([first.code, first.errors]).toEqual([
    0,
    expect.stringContaining("worker cannot start before API_KEY has one"),
  ]);
  const known = world({
    "GET /api/v1/servers/{id}/definitions": () => ({
      items: [{ definition: { ...PRESENT, secrets: ["API_KEY"] }, from: "hub" }],
      problems: [],
    }),
  });
  expect((await define(FILE, ["--yes"], known.handlers)).errors).not.toContain("cannot start");
});

test.each([
  ["nowhere.yaml", "there is no such file"],
  [".", "it is a directory"],
])("%s cannot be read, and the answer says why in words", async (name, words) => {
  await using directory = await temporaryDirectory("define");
  const { code, errors } = await muster(["define", "web-1", directory.file(name)], world().handlers);
  expect([code, errors]).toEqual([64, expect.stringContaining(words)]);
});

test("definitions are listed with what is wrong in the server's files", async () => {
  const { output, errors } = await muster(["definitions", "web-1"], world().handlers);
  expect(output.split("\n")[1]).toMatch(/^worker +process +worker +on-failure +hub +"\/usr\/bin\/python3" "old\.py"$/);
  expect(errors).toBe("not used: bad.yaml: no command\n");
});

test("what the hub defined is removed after a yes; what stands in the server's file stays", async () => {
  const { handlers, put } = world();
  expect((await muster(["undefine", "web-1", "worker"], handlers)).code).toBe(64);
  expect((await muster(["undefine", "web-1", "own", "--yes"], handlers)).errors).toContain("stands in a file on web-1");
  expect((await muster(["undefine", "web-1", "none", "--yes"], handlers)).code).toBe(66);
  expect(put).toEqual([]);
  const { code, output } = await muster(["undefine", "web-1", "worker", "--yes"], handlers);
  expect([code, output]).toEqual([0, "succeeded  undefine worker@web-1: it runs\n"]);
  expect(put).toEqual([{ params: { id: idOf("server", 1), driver: "process", name: "worker" } }]);
});
