import { writeFileSync } from "node:fs";
import { DEFAULT_RESTART } from "@muster/core";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import type { CommandLineOptions } from "./command-line.ts";
import { idOf, serverOf } from "./fleet.ts";
import { scriptedHub } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const PRESENT = {
  driver: "process",
  name: "worker",
  description: "",
  kind: "worker",
  command: ["/usr/bin/python3", "old.py"],
  directory: "/srv/app",
  user: null,
  environment: { LEVEL: "debug" },
  secrets: [],
  restart: DEFAULT_RESTART,
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

async function muster(argv: readonly string[], handlers: Handlers, more: CommandLineOptions = {}) {
  await using hub = await scriptedHub(handlers);
  return await commandLine(argv, { env: { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url }, ...more });
}

async function define(text: string, argv: readonly string[], handlers: Handlers, more: CommandLineOptions = {}) {
  await using directory = await temporaryDirectory("define");
  writeFileSync(directory.file("worker.yaml"), text);
  return await muster(["define", "web-1", directory.file("worker.yaml"), ...argv], handlers, more);
}

test("a definition is shown as what it changes, asked about and then set", async () => {
  const { handlers, put } = world();
  const no = await define(FILE, [], handlers, { person: "asked", answers: ["no"] });
  expect([no.code, put]).toEqual([64, []]);
  expect(no.errors.split("\n").slice(0, 8)).toEqual([
    "worker (process) changes",
    '  - command[1]: "old.py"',
    '  + command[1]: "new.py"',
    '  - environment.LEVEL: "debug"',
    "    environment.LEVEL: left to its default",
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
  ["command: [/bin/true]", ".name: must be"],
  ["{ name: a/b, command: [x] }", ".name: must be"],
  ["{ name: x, driver: systemd }", ".driver: must be process or tmux"],
  ["just text", "must be a map"],
  ["[]", "defines nothing"],
  ["- { name: x }\n- { name: x }", "defines x twice"],
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
