import { advanceReplacement } from "@muster/core";
import type { ReplacementEvent } from "@muster/core";
import type { resources } from "@muster/protocol";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import type { CommandLineOptions } from "./command-line.ts";
import { idOf, serverOf } from "./fleet.ts";
import { scriptedHub } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

type Replacement = resources.KeyReplacementView;

const NEXT_LINE = "ssh-ed25519 AAAAnext muster-hub";

/** A hub that does one step further each time it is asked. `refuses`: the server that does not let the new key in. */
function world({ refuses = "" } = {}) {
  const asked: { readonly oldKeyId: string; readonly body: object }[] = [];
  const servers = ["web-1", "web-2"].map((name, index) => serverOf(index + 1, name, { link: "ssh", hasSshLink: true }));
  const keyOf = (number: number, name: string, usedBy: typeof servers): resources.SshKeyView => ({
    ...{ id: idOf("service", number), name, type: "ssh-ed25519", publicKey: `ssh-ed25519 AAAA${name} muster-hub` },
    ...{ fingerprint: `SHA256:${name}`, createdAt: 1, createdBy: "anna" },
    usedBy: usedBy.map(({ id, name: server }) => ({ serverId: id, name: server })),
  });
  const [oldKey, newKey] = [keyOf(1, "fleet", servers), keyOf(2, "next", [])];
  let view: Replacement | undefined;
  const events: (readonly [number, ReplacementEvent])[] = [];
  const handlers: Handlers = {
    "GET /api/v1/servers": () => ({ items: servers }),
    "GET /api/v1/ssh-keys": () => ({ items: [oldKey, newKey] }),
    "POST /api/v1/ssh-keys/{id}/replacements": ({ params, body }) => {
      asked.push({ oldKeyId: params.id, body });
      const chosen = servers.filter(({ id }) => body.servers === undefined || body.servers.includes(id));
      view = {
        ...{ id: idOf("action", 1), oldKey, newKey, install: body.install ?? false, remove: body.remove ?? false },
        ...{ actor: "anna", askedAt: 1, endedAt: null, revision: 0 },
        servers: chosen.map(({ id, name }) => ({
          ...{ serverId: id, server: name, state: "waiting", uses: "old", steps: [] },
        })),
      };
      for (const [index, { name }] of chosen.entries()) {
        events.push([index, { is: "began", step: "test" }]);
        if (name === refuses)
          events.push(
            [index, { is: "ended", state: "failed", detail: "login: refused \u001b[31m" }],
            [index, { is: "over", state: "failed" }],
          );
        else
          events.push(
            [index, { is: "ended", state: "done", detail: "next was let in." }],
            [index, { is: "began", step: "switch" }],
            [index, { is: "switched" }],
            [index, { is: "ended", state: "done", detail: "It is reached by next." }],
            [index, { is: "over", state: "succeeded" }],
          );
      }
      return view;
    },
    "GET /api/v1/key-replacements/{id}": ({ query }) => {
      if (view === undefined) return { refuse: "NOT_FOUND" };
      expect(query.after).toBe(view.revision);
      const [at, event] = events.shift()!;
      const steppedOn = view.servers.map((server, index) => {
        const { state, uses, steps } = index === at ? advanceReplacement(server, event, 2) : server;
        return { ...server, state, uses, steps: steps.map((step) => ({ ...step })) };
      });
      const endedAt = events.length === 0 ? 3 : null;
      return (view = { ...view, servers: steppedOn, revision: view.revision + 1, endedAt });
    },
  };
  return { handlers, asked, servers, oldKey, newKey };
}

async function muster(argv: readonly string[], handlers: Handlers, more: CommandLineOptions = {}) {
  await using hub = await scriptedHub(handlers);
  const env = { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url };
  return await commandLine(["ssh-keys", "replace", ...argv], { env, ...more });
}

test("[SS70] each step is told as it ends, then how the server is reached; success is 0", async () => {
  const { handlers, asked, oldKey, newKey } = world();
  const result = await muster(["fleet", "next"], handlers);
  expect(result).toMatchObject({ code: 0, errors: "" });
  expect(result.output.split("\n")).toEqual([
    ...["web-1", "web-2"].flatMap((name) => [
      `${name}  done     test: next was let in.`,
      `${name}  done     switch: It is reached by next.`,
      `${name}  is reached by next`,
    ]),
    "",
  ]);
  expect(asked).toEqual([{ oldKeyId: oldKey.id, body: { newKeyId: newKey.id, install: false, remove: false } }]);
});

test("[SS70] a server that refuses the key keeps its own, the line is printed, and 72 is the code", async () => {
  const { handlers } = world({ refuses: "web-2" });
  const result = await muster(["fleet", "next"], handlers);
  expect(result.code).toBe(72);
  expect(result.output).toContain("web-2  failed   test: login: refused \\u001b[31m\nweb-2  keeps fleet\n");
  expect(result.output).toContain("web-1  is reached by next\n");
  expect(result.errors).toContain(NEXT_LINE);
  expect(result.errors).toContain("Of 2 servers 1 failed.");
});

test("what changes files of servers is asked about, with their names; --server narrows, --json is the answer", async () => {
  const { handlers, asked, servers } = world();
  const unasked = await muster(["fleet", "next", "--install"], handlers);
  expect(unasked).toMatchObject({ code: 64, errors: expect.stringContaining("--yes") as string });
  const declined = await muster(["fleet", "next", "--remove-old"], handlers, { answers: ["no"], person: "asked" });
  expect(declined).toMatchObject({ code: 64, questions: [expect.stringContaining("on web-1, web-2?") as string] });
  expect(asked).toEqual([]);
  const argv = ["fleet", "next", "--install", "--remove-old", "--yes", "--server", "web-2", "--json"];
  const result = await muster(argv, handlers);
  expect(result).toMatchObject({ code: 0, errors: "" });
  expect(JSON.parse(result.output)).toMatchObject({ servers: [{ server: "web-2", state: "succeeded", uses: "new" }] });
  expect(asked).toMatchObject([{ body: { install: true, remove: true, servers: [servers[1]!.id] } }]);
});

test("--no-wait tells the id; what is not there is told with what is", async () => {
  const { handlers } = world();
  expect(await muster(["fleet", "next", "--no-wait"], handlers)).toMatchObject({
    ...{ code: 0, output: `${idOf("action", 1)}\n` },
  });
  const missing = await muster(["fleet", "none"], handlers);
  expect(missing).toMatchObject({ code: 66, errors: expect.stringContaining("fleet, next") as string });
});
