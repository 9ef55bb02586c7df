import { advanceDeployment, DEPLOYMENTS, newDeployment } from "@muster/core";
import type { DeployAction, DeploymentEvent, DeploymentProgress } from "@muster/core";
import type { resources } from "@muster/protocol";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import type { CommandLineOptions } from "./command-line.ts";
import { idOf, serverOf } from "./fleet.ts";
import { scriptedHub } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

type Deployment = resources.DeploymentView;

/** A hub that does one step further each time it is asked. `fails`: the server whose second step does not work. */
function world({ fails = "", clashes = "", refuses = "" } = {}) {
  const asked: { readonly server: string; readonly action: DeployAction }[] = [];
  const all = new Map<string, { view: Deployment; events: DeploymentEvent[] }>();
  const servers = ["web-1", "web-2", "web-3"].map((name, index) =>
    serverOf(index + 1, name, { link: "ssh", hasSshLink: true }),
  );
  const viewOf = ({ steps, ...rest }: DeploymentProgress) => ({ ...rest, steps: steps.map((step) => ({ ...step })) });
  const handlers: Handlers = {
    "GET /api/v1/servers": () => ({ items: servers }),
    "POST /api/v1/servers/{id}/agent": ({ params, body: { action } }) => {
      const server = servers.find(({ id }) => id === params.id)!.name;
      asked.push({ server, action });
      if (server === clashes) return { refuse: "CONFLICT", message: "This server has an agent already." };
      if (server === refuses) return { refuse: "STORAGE_FULL" };
      const id = idOf("action", all.size + 1);
      const view: Deployment = {
        ...{ id, serverId: params.id, server, action, actor: "anna", askedAt: 1, endedAt: null },
        ...viewOf(newDeployment(action)),
      };
      const events = DEPLOYMENTS[action].steps.flatMap((step): DeploymentEvent[] => [
        { is: "began", step },
        { is: "ended", state: "done", detail: `${step} is through \u001b[31m` },
      ]);
      if (server === fails)
        events.splice(
          3,
          99,
          { is: "failed", detail: "No room." },
          { is: "undone", aftermath: "All is as it was before." },
        );
      else events.push({ is: "succeeded" });
      all.set(id, { view, events });
      return view;
    },
    "GET /api/v1/deployments/{id}": ({ params, query }) => {
      const one = all.get(params.id);
      if (one === undefined) return { refuse: "NOT_FOUND" };
      expect(query.after).toBe(one.view.revision);
      one.view = { ...one.view, ...viewOf(advanceDeployment(one.view, one.events.shift()!, 2)) };
      return one.view;
    },
  };
  return { handlers, asked, all };
}

async function muster(argv: readonly string[], handlers: Handlers, more: CommandLineOptions = {}) {
  await using hub = await scriptedHub(handlers);
  return await commandLine(["servers", ...argv], { env: { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url }, ...more });
}

test("[DP1] each step is told as it ends, what the server said cannot move the cursor, and success is 0", async () => {
  const { handlers, asked } = world();
  const result = await muster(["upgrade", "web-1"], handlers);
  expect(result).toMatchObject({ code: 0, errors: "" });
  expect(result.output.split("\n")).toEqual([
    ...DEPLOYMENTS.upgrade.steps.map((step) => `web-1  done     ${step}: ${step} is through \\u001b[31m`),
    "",
  ]);
  expect(asked).toEqual([{ server: "web-1", action: "upgrade" }]);
});

test("[DP8] a failure is told with what became of it, and is the code", async () => {
  const { handlers } = world({ fails: "web-1" });
  const result = await muster(["deploy", "web-1", "--yes"], handlers);
  expect(result.code).toBe(72);
  expect(result.output).toContain("web-1  failed   upload: No room.\nweb-1  All is as it was before.\n");
});

test("[DP5] of several each goes on by itself; one that clashes or fails holds up no other", async () => {
  const { handlers, asked } = world({ fails: "web-1", clashes: "web-2" });
  const result = await muster(["deploy", "web-1", "web-2", "web-3", "web-1", "--yes"], handlers);
  expect(asked.map(({ server }) => server)).toEqual(["web-1", "web-2", "web-3"]);
  expect(result.code).toBe(72);
  expect(result.errors).toContain("web-2: This server has an agent already.");
  expect(result.errors).toContain("Of 3 servers 2 failed.");
  expect(result.output).toContain("web-3  done     verify");
});

test("[DP5] what has begun is followed to its end, also where a later one is refused or another one is lost", async () => {
  const { handlers } = world({ refuses: "web-3" });
  const refused = await muster(["deploy", "web-1", "web-2", "web-3", "--yes"], handlers);
  expect([refused.code, refused.errors]).toEqual([75, expect.stringContaining("(STORAGE_FULL")]);
  expect(refused.output).toContain("web-1  done     verify");
  expect(refused.output).toContain("web-2  done     verify");

  const losing = world();
  const result = await muster(["deploy", "web-1", "web-2", "--yes"], {
    ...losing.handlers,
    "GET /api/v1/deployments/{id}": (given) => {
      if (given.params.id === idOf("action", 1)) losing.all.delete(given.params.id);
      return losing.handlers["GET /api/v1/deployments/{id}"]!(given);
    },
  });
  expect([result.code, result.errors]).toEqual([75, expect.stringContaining("muster servers show web-1")]);
  expect(result.output).toContain("web-2  done     verify");
});

test("what puts something on a server, or takes its agent away, is asked first", async () => {
  for (const verb of ["deploy", "undeploy", "stop-agent"]) {
    const { handlers, asked } = world();
    const no = await muster([verb, "web-1"], handlers, { person: "asked", answers: ["no"] });
    expect([verb, no.code, asked]).toEqual([verb, 64, []]);
    expect(no.questions.join("")).toContain(`${verb} web-1?`);
    expect((await muster([verb, "web-1"], handlers, { person: "absent" })).errors).toContain("--yes");
    expect(asked).toEqual([]);
  }
});

test("an unknown server stops it before anything is begun; --no-wait and --json give what was begun and what came", async () => {
  const { handlers, asked } = world();
  expect((await muster(["upgrade", "web-1", "web-9"], handlers)).code).toBe(66);
  expect(asked).toEqual([]);
  expect((await muster(["upgrade", "web-1", "--no-wait"], handlers)).output).toBe(`web-1: ${idOf("action", 1)}\n`);
  const json = await muster(["start-agent", "web-2", "--json"], handlers);
  expect(JSON.parse(json.output)).toMatchObject({ items: [{ server: "web-2", action: "start", state: "succeeded" }] });
});

test("a hub that was started anew meanwhile has forgotten it, which is no success", async () => {
  const { handlers, all } = world();
  const forgetting: Handlers = {
    ...handlers,
    "GET /api/v1/deployments/{id}": (given) => {
      all.delete(given.params.id);
      return handlers["GET /api/v1/deployments/{id}"]!(given);
    },
  };
  const result = await muster(["upgrade", "web-1"], forgetting);
  expect(result.code).toBe(75);
  expect(result.errors).toContain("muster servers show web-1");
});
