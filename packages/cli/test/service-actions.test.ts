import type { resources } from "@muster/protocol";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { Credentials, credentialsPath } from "../src/client/credentials.ts";
import { commandLine } from "./command-line.ts";
import { actionOf, ended, idOf, serverOf, serviceOf } from "./fleet.ts";
import { musterAt, scriptedHub } from "./scripted-hub.ts";
import type { Handlers, Other } from "./scripted-hub.ts";

const WEB_1 = serviceOf(1, "nginx.service@web-1");
const WEB_2 = serviceOf(2, "nginx.service@web-2", "systemd", { granted: ["start"] });
const CACHE = serviceOf(3, "cache@web-1", "container", { kind: "backend" });
const SERVICES = [WEB_1, WEB_2, CACHE];
const token = { MUSTER_TOKEN: "msa1.test" };

interface Script {
  readonly services?: readonly resources.Service[];
  /** What becomes of each service's action, by the service's id; succeeds unless told. */
  readonly becomes?: (action: resources.ActionView) => resources.ActionView | Other;
}

/** A hub with services and actions that end at the first question about them. */
function world({ services = SERVICES, becomes = (action) => ended(action, "succeeded", "a new run") }: Script = {}) {
  const bodies: unknown[] = [];
  const keys: unknown[] = [];
  const actions = new Map<string, resources.ActionView>();
  const handlers: Handlers = {
    "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1"), serverOf(2, "web-2", { tags: ["edge"] })] }),
    "GET /api/v1/services": ({ query }) => ({
      items: services.filter(
        (service) =>
          (query.server === undefined || query.server === service.serverId) &&
          (query.driver === undefined || query.driver === service.driver) &&
          (query.kind === undefined || query.kind === service.kind) &&
          (query.tag === undefined || (query.tag === "edge" && service.server === "web-2")),
      ),
    }),
    "POST /api/v1/actions": ({ body, headers }) => {
      bodies.push(body);
      keys.push(headers["idempotency-key"]);
      const items = (body.targets.services ?? []).map((id, index) =>
        actionOf(
          index + 1,
          services.find((service) => service.id === id)!,
          { action: body.action },
        ),
      );
      for (const item of items) actions.set(item.id, item);
      return { batchId: idOf("batch", 1), items };
    },
    "GET /api/v1/actions/{id}": ({ params }) => becomes(actions.get(params.id)!),
    "GET /api/v1/actions": ({ query }) => {
      expect(query.batch).toBe(idOf("batch", 1));
      return { items: [...actions.values()].map(becomes).filter((item) => "id" in item) };
    },
  };
  return { handlers, bodies, keys };
}

const muster = musterAt();

test("a restart is asked with a key and a reason, and told from asked to its outcome", async () => {
  const { handlers, bodies, keys } = world();
  const result = await muster(["restart", "nginx@web-1", "--reason", "new certificate"], handlers);
  expect(result).toMatchObject({ code: 0, errors: "" });
  expect(result.output).toBe(
    "asked      restart nginx.service@web-1\nsucceeded  restart nginx.service@web-1: a new run (2 s)\n",
  );
  expect(bodies).toEqual([{ action: "service.restart", targets: { services: [WEB_1.id] }, reason: "new certificate" }]);
  expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
});

test.each([
  ["refused", 77, "ACTION_REFUSED"],
  ["failed", 72, "ACTION_FAILED"],
  ["unknown", 75, "ACTION_TIMED_OUT"],
] as const)("an outcome that is %s ends with %d and shows the server's words", async (outcome, code, name) => {
  const { handlers } = world({ becomes: (action) => ended(action, outcome, "no entry allows\u001b[2J service.stop") });
  const result = await muster(["stop", WEB_1.id], handlers);
  expect(result.code).toBe(code);
  expect(result.output).toContain(`${outcome.padEnd(9)}  stop nginx.service@web-1: no entry allows\\u001b[2J`);
  expect(result.errors).toContain(name);
});

test("of several outcomes the worst decides: unknown, failed, refused, succeeded", async () => {
  const outcomes = ["refused", "unknown", "failed"] as const;
  const services = [1, 2, 3].map((number) => serviceOf(number, `app-${number}@web-1`));
  const { handlers } = world({
    services,
    becomes: (action) => ended(action, outcomes[Number(String(action.args["name"]).at(-1)) - 1]!),
  });
  const names = services.map(({ name }) => name);
  const all = await muster(["restart", ...names, "--yes"], handlers);
  expect([all.code, all.errors]).toEqual([75, expect.stringContaining("0 succeeded: 1 unknown, 1 failed, 1 refused")]);
  const two = await muster(["restart", names[0]!, names[2]!, "--yes"], handlers);
  expect(two.code).toBe(72);
});

test("a name that several services have is refused with their list, and nothing is sent", async () => {
  const { handlers, bodies } = world();
  const { code, errors } = await muster(["restart", "nginx.service"], handlers);
  expect(code).toBe(64);
  expect(errors).toContain("nginx.service@web-1 (systemd), nginx.service@web-2 (systemd)");
  expect((await muster(["restart", "nginx.service", "--server", "web-2"], handlers)).code).toBe(0);
  expect(bodies).toEqual([{ action: "service.restart", targets: { services: [WEB_2.id] } }]);
});

test("a name that no service has ends with 66 and those that look alike", async () => {
  const { code, errors } = await muster(["start", "NGIN"], world().handlers);
  expect([code, errors]).toEqual([66, expect.stringContaining("Did you mean nginx.service@web-1")]);
});

test("without names and conditions nothing is meant", async () => {
  await using hub = await scriptedHub(world().handlers);
  const { code, errors } = await commandLine(["stop", "--yes"], { env: { ...token, MUSTER_URL: hub.url } });
  expect([code, errors]).toEqual([64, expect.stringContaining("No service is named")]);
  expect(hub.asked).toEqual([]);
});

test("several are listed and asked about first; nothing is sent without a yes", async () => {
  const { handlers, bodies } = world();
  const argv = ["restart", "nginx.service@web-1", "cache"];
  const absent = await muster(argv, handlers);
  expect([absent.code, absent.errors]).toEqual([64, expect.stringContaining("--yes: is needed")]);
  const no = await muster(argv, handlers, { person: "asked", answers: ["no"] });
  expect(no.errors).toContain("  nginx.service@web-1 (systemd)\n  cache@web-1 (container)\n");
  expect(no.questions).toEqual([expect.stringContaining("Restart these 2 services?")]);
  expect([no.code, bodies]).toEqual([64, []]);
  expect((await muster(argv, handlers, { person: "asked", answers: ["yes"] })).code).toBe(0);
  expect(bodies).toEqual([{ action: "service.restart", targets: { services: [WEB_1.id, CACHE.id] } }]);
});

test("conditions choose what the policies grant and say what they left out", async () => {
  const { handlers, bodies } = world();
  const kind = await muster(["pause", "--kind", "backend"], handlers);
  expect(kind.code).toBe(0);
  expect(bodies).toEqual([{ action: "container.pause", targets: { services: [CACHE.id] } }]);
  const tag = await muster(["stop", "--tag", "edge", "--yes"], handlers);
  expect([tag.code, tag.errors]).toEqual([66, expect.stringContaining("do not grant it: 1 services")]);
});

test("without waiting 0 means that it was asked for", async () => {
  await using hub = await scriptedHub(world().handlers);
  const argv = ["restart", "cache", "--no-wait", "--json"];
  const { code, output } = await commandLine(argv, { env: { ...token, MUSTER_URL: hub.url } });
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ batchId: idOf("batch", 1), items: [{ state: "asked" }] });
  expect(hub.asked).not.toContain("GET /api/v1/actions/{id}");
});

test("[CM-10] a request whose answer was lost is sent again with the same key", async () => {
  const { handlers, keys } = world();
  let cuts = 1;
  const post = handlers["POST /api/v1/actions"]!;
  const result = await muster(["restart", "cache"], {
    ...handlers,
    "POST /api/v1/actions": (asked) => {
      const answer = post(asked);
      return cuts-- > 0 ? { cut: "now" } : answer;
    },
  });
  expect(result.code).toBe(0);
  expect(keys).toHaveLength(2);
  expect(new Set(keys).size).toBe(1);
  expect(result.errors).toMatch(/Trying again.\nThe hub answers again.\n$/);
});

test("a hub that goes away while an action is waited for is asked again by the same id", async () => {
  const replies: (Other | "answer")[] = [{ cut: "now" }, { refuse: "STARTING" }, "answer"];
  const { handlers, bodies } = world({
    becomes: (action) => {
      const reply = replies.shift() ?? "answer";
      return reply === "answer" ? ended(action, "succeeded") : reply;
    },
  });
  const result = await muster(["restart", "cache"], handlers);
  expect([result.code, bodies.length, replies.length]).toEqual([0, 1, 0]);
});

test("an action that takes long is asked about again, and each step is told once", async () => {
  const waits: (number | undefined)[] = [];
  const { handlers } = world();
  let answers = 0;
  const result = await muster(["stop", "cache"], {
    ...handlers,
    "GET /api/v1/actions/{id}": ({ query }) => {
      waits.push(query.waitMs);
      const asked = actionOf(1, CACHE, { action: "service.stop" });
      return ++answers < 4 ? { ...asked, state: "sent", sentAt: 1_100 } : ended(asked, "succeeded", "it has stopped");
    },
  });
  expect(result.output).toBe(
    "asked      stop cache@web-1\nsent       stop cache@web-1\nsucceeded  stop cache@web-1: it has stopped (2 s)\n",
  );
  // A glance while it may be sent any moment, then patience.
  expect(waits).toEqual([1_000, 20_000, 20_000, 20_000]);
});

test("Ctrl-C ends the waiting and not the action, and says where to look", async () => {
  const stop = new AbortController();
  let isWaitedFor = false;
  const { handlers } = world();
  const result = muster(
    ["restart", "cache"],
    {
      ...handlers,
      "GET /api/v1/actions/{id}": () => {
        isWaitedFor = true;
        return { stream: () => {} };
      },
    },
    { stopSignal: stop.signal },
  );
  await waitFor(() => isWaitedFor, { describe: "the action is waited for" });
  stop.abort();
  const { code, errors } = await result;
  expect([code, errors]).toEqual([75, expect.stringContaining(`muster actions --batch ${idOf("batch", 1)}`)]);
});

test("Ctrl-C ends the asking, and says that nobody knows whether it was asked for", async () => {
  const stop = new AbortController();
  let isAsked = false;
  const hang = () => {
    isAsked = true;
    return { stream: () => {} };
  };
  const { handlers } = world();
  const result = muster(
    ["restart", "cache"],
    { ...handlers, "POST /api/v1/actions": hang },
    { stopSignal: stop.signal },
  );
  await waitFor(() => isAsked, { describe: "it is asked for" });
  stop.abort();
  const { code, errors } = await result;
  expect([code, errors]).toEqual([75, expect.stringContaining("Stopped asking. Whether the action was asked for")]);
});

test("[SE-11] a hub that wants a proof of identity gets the password of the person at the terminal, and only there", async () => {
  const { handlers } = world();
  const signedIn: Handlers = {
    ...handlers,
    "POST /api/v1/login": ({ body }) =>
      body.password === "the password"
        ? {
            user: { id: idOf("server", 9), name: "anna", role: "operator" },
            csrfToken: "csrf",
            rights: [],
            provedAt: 1,
            hub: { version: "0", now: 1, warnings: [] },
          }
        : { refuse: "WRONG_CREDENTIALS" },
    "POST /api/v1/logout": () => null,
    "POST /api/v1/actions": (asked) =>
      asked.headers.authorization === undefined
        ? handlers["POST /api/v1/actions"]!(asked)
        : { refuse: "STEP_UP_NEEDED" },
  };
  const argv = ["restart", "cache"];
  expect((await muster(argv, signedIn)).code).toBe(77);
  await using home = await temporaryDirectory("step-up");
  await using hub = await scriptedHub(signedIn);
  new Credentials(credentialsPath({}, home.path)).remember(new URL(hub.url), {
    user: "anna",
    token: "t",
    tokenId: "t",
  });
  const options = { env: { MUSTER_URL: hub.url }, homeDirectory: home.path, person: "asked" as const };
  const proved = await commandLine(argv, { ...options, answers: ["the password"] });
  expect(proved).toMatchObject({ code: 0, questions: ["Password of anna: "] });
  expect((await commandLine(argv, { ...options, answers: ["wrong"] })).code).toBe(77);
});

test.each([
  [{ refuse: "SERVER_OFFLINE" } as const, 69],
  [{ refuse: "CONFLICT" } as const, 65],
  [{ refuse: "FORBIDDEN" } as const, 77],
])("what the hub itself refuses ends with its own code: %j", async (refusal, code) => {
  const { handlers } = world();
  const result = await muster(["restart", "cache"], { ...handlers, "POST /api/v1/actions": () => refusal });
  expect(result).toMatchObject({ code, output: "" });
});
