import { waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { actionOf, ended, idOf, serverOf, serviceOf } from "./fleet.ts";
import { memoryTerminal } from "./memory-terminal.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const WEB = serviceOf(1, "nginx.service@web-1", "systemd", { memoryBytes: 2 ** 20, restarts: 2, kind: "frontend" });
const BAD = serviceOf(2, "app@web-1", "container", { health: "unhealthy", healthDetail: "HTTP 500 three times" });
const FAILED = serviceOf(3, "job.service@web-2", "systemd", { state: "failed", health: "unknown", rawState: "failed" });
const AWAY = serviceOf(4, "db.service@web-3", "systemd", { isCurrent: false, health: "unknown" });
const UNCHECKED = serviceOf(5, "cron.service@web-1", "systemd", { health: "unknown" });

const muster = musterAt({
  "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1"), serverOf(2, "web-2"), serverOf(3, "web-3")] }),
  "GET /api/v1/probes": () => ({ items: [] }),
});
const services = (...items: (typeof WEB)[]): Handlers => ({ "GET /api/v1/services": () => ({ items }) });

test("services are a table, and with --json the API's own answer", async () => {
  const human = await muster(["services"], services(WEB, AWAY));
  expect(human.code).toBe(0);
  expect(human.output.split("\n")[1]).toMatch(
    /^running +healthy +nginx\.service +web-1 +systemd +frontend +\d+ d \d+ h +50 % +1\.00 MiB +2$/,
  );
  expect(human.output.split("\n")[2]).toMatch(/^running +unknown +db\.service +web-3 \(\d+ d .*ago\)/);
  const json = await muster(["services", "--state", "running", "--health", "healthy", "--json"], services(WEB, AWAY));
  expect(JSON.parse(json.output)).toEqual({ items: [WEB] });
});

test("channels are listed with what they send, in bits", async () => {
  const news = { ...serviceOf(6, "1@tv-1", "channel"), cpuRatio: null, restarts: null };
  const sending = { ...news, framesPerSecond: 25, bytesPerSecond: 525_000 };
  const { output } = await muster(["services"], services(WEB, sending, news));
  expect(output.split("\n").slice(0, 4)).toEqual([
    expect.stringMatching(/ RESTARTS +FRAMES +BIT RATE$/),
    expect.stringMatching(/^running .* nginx\.service .* 2 +– +–$/),
    expect.stringMatching(/ channel .* – +25 fps +4\.20 Mbit\/s$/),
    expect.stringMatching(/ channel .* – +– +–$/),
  ]);
  const handlers = { ...services(sending), "GET /api/v1/services/{id}/ledger": () => ({ items: [] }) };
  const shown = await muster(["services", "show", "1"], handlers);
  expect(shown.output).toMatch(/^frame rate: +25 fps\nbit rate: +4\.20 Mbit\/s$/m);
});

test("the conditions of a list are the hub's own", async () => {
  let asked: unknown;
  const argv = ["services", "list", "--server", "web-2", "--tag", "edge", "--driver", "systemd", "--kind", "x"];
  const { code, output } = await muster(argv, {
    "GET /api/v1/services": ({ query }) => {
      asked = query;
      return { items: [] };
    },
  });
  expect([code, output]).toEqual([0, "No services.\n"]);
  expect(asked).toEqual({ server: idOf("server", 2), tag: "edge", driver: "systemd", kind: "x" });
});

test("one service is shown with what may be done to it and the newest of its ledger", async () => {
  const entry = {
    seq: 9,
    at: 1,
    event: "restarted",
    from: "failed",
    to: "running",
    cause: "exit 137 (out of memory), attempt 2 of 5\u001b[2J",
    cmd: null,
  } as const;
  const handlers: Handlers = {
    ...services({ ...WEB, granted: ["restart"] }),
    "GET /api/v1/services/{id}/ledger": ({ query }) => {
      expect(query.limit).toBe(10);
      return { items: [entry] };
    },
  };
  const { output } = await muster(["services", "show", "nginx"], handlers);
  expect(output).toMatch(/^allowed: +restart$/m);
  expect(output).toMatch(/^not allowed: +start stop$/m);
  expect(output).toMatch(/^ *9 .*restarted +failed → running +exit 137 \(out of memory\), attempt 2 of 5\\u001b\[2J$/m);
});

test("a ledger is asked for as the options say", async () => {
  let asked: unknown;
  const argv = ["services", "ledger", "nginx", "--limit", "5", "--before", "100", "--event", "restarted"];
  const { output } = await muster(argv, {
    ...services(WEB),
    "GET /api/v1/services/{id}/ledger": ({ query }) => {
      asked = query;
      return { items: [] };
    },
  });
  expect([asked, output]).toEqual([{ limit: 5, before: 100, event: "restarted" }, "Nothing is written down.\n"]);
});

test("watching draws in place, survives a hub that goes away, and ends with 0", async () => {
  const stop = new AbortController();
  const terminal = memoryTerminal([], "absent", "screen");
  let looks = 0;
  const run = muster(
    ["services", "--watch"],
    { "GET /api/v1/services": () => (++looks === 1 ? { items: [WEB] } : { refuse: "STARTING" }) },
    { terminal, stopSignal: stop.signal },
  );
  await waitFor(() => terminal.errors !== "", { describe: "the hub is away", timeoutMs: 10_000 });
  stop.abort();
  expect((await run).code).toBe(0);
  expect(terminal.output).toContain("\u001b[H");
  expect(terminal.output).toContain("nginx.service");
  expect(terminal.errors).toContain("The last look stays.");
});

test("Ctrl-C ends a look that the hub does not answer", async () => {
  const stop = new AbortController();
  const terminal = memoryTerminal([], "absent", "screen");
  let looks = 0;
  const run = muster(
    ["services", "--watch"],
    { "GET /api/v1/services": () => (++looks === 1 ? { items: [WEB] } : { stream: () => {} }) },
    { terminal, stopSignal: stop.signal },
  );
  await waitFor(() => looks === 2, { describe: "a look hangs", timeoutMs: 10_000 });
  stop.abort();
  expect((await run).code).toBe(0);
});

test("a first look that fails ends the watching with its code", async () => {
  const away = { "GET /api/v1/services": () => ({ refuse: "STARTING" }) as const };
  expect((await muster(["services", "--watch"], away, { output: "screen" })).code).toBe(75);
});

test("ports that are claimed twice are listed", async () => {
  const items = [
    {
      serverId: idOf("server", 1),
      server: "web-1",
      port: 80,
      services: [WEB, BAD].map(({ id, name, driver }) => ({ id, name, driver })),
    },
  ];
  const { output } = await muster(["services", "port-conflicts"], { "GET /api/v1/port-conflicts": () => ({ items }) });
  expect(output.split("\n")[1]).toMatch(/^web-1 +80 +nginx\.service \(systemd\), app \(container\)$/);
});

test("a token without the right is told how to get it", async () => {
  const { code, errors } = await muster(["services"], { "GET /api/v1/services": () => ({ refuse: "FORBIDDEN" }) });
  expect([code, errors]).toEqual([77, expect.stringContaining("`muster login` makes a new one")]);
});

test("watching needs a screen, or JSON line by line", async () => {
  const piped = await muster(["services", "--watch"], services(WEB));
  expect([piped.code, piped.errors]).toEqual([64, expect.stringContaining("--watch: needs a screen")]);
  const stop = new AbortController();
  const terminal = memoryTerminal();
  const run = muster(["services", "--watch", "--json"], services(WEB), { terminal, stopSignal: stop.signal });
  await waitFor(() => terminal.output.endsWith("\n"), { describe: "a look" });
  stop.abort();
  expect((await run).code).toBe(0);
  expect(JSON.parse(terminal.output)).toEqual({ items: [WEB] });
});

test("health shows what is unwell and ends with 1, or with 0 when nothing is", async () => {
  const unwell = await muster(["health"], services(WEB, BAD, FAILED, AWAY, UNCHECKED));
  expect(unwell.code).toBe(1);
  expect(unwell.output.split("\n").slice(1)).toEqual([
    expect.stringMatching(/^unhealthy +running +app +web-1 +HTTP 500 three times$/),
    expect.stringMatching(/^unknown +failed +job\.service +web-2 +failed$/),
    expect.stringMatching(/^unknown +running +db\.service +web-3 +the server is not connected$/),
    "",
  ]);
  const well = await muster(["health"], services(WEB, UNCHECKED));
  expect([well.code, well.output]).toEqual([0, "None of 2 services and 0 probes is unwell.\n"]);
  expect((await muster(["health", "nginx"], services(WEB, BAD))).code).toBe(0);
  expect((await muster(["health", "app", "--json"], services(WEB, BAD))).code).toBe(1);
  expect((await muster(["health", "nothing"], services(WEB, BAD))).code).toBe(66);
});

const process = {
  pid: 100,
  ppid: 1,
  name: "sleep",
  commandLine: "sleep 600",
  user: "app",
  state: "sleeping",
  cpuRatio: 0.25,
  residentBytes: 2 ** 20,
  threads: 1,
  startedAt: 0,
  startTicks: 4_711,
};
const PROCESSES: Handlers = {
  "GET /api/v1/servers/{id}/processes": ({ params }) => {
    expect(params.id).toBe(idOf("server", 1));
    return {
      at: 3_600_000,
      total: 3,
      processes: [process, { ...process, pid: 7, ppid: 100, commandLine: "" }, { ...process, pid: 1, ppid: 0 }],
    };
  },
};

test("processes are a list or a tree, of the one server or the one that is named", async () => {
  const list = await muster(["ps", "web-1"], PROCESSES);
  expect(list.output.split("\n")[1]).toMatch(/^100 +app +25 % +1\.00 MiB +sleeping +1 h +sleep 600$/);
  const tree = await muster(["ps", "web-1", "--tree"], PROCESSES);
  expect(tree.output.split("\n").slice(1, 4)).toEqual([
    expect.stringMatching(/^ *1 .* h {2}sleep 600$/),
    expect.stringMatching(/^ *100 .* h {4}sleep 600$/),
    expect.stringMatching(/^ *7 .* h {6}\[sleep\]$/),
  ]);
  const several = await muster(["ps"], PROCESSES);
  expect([several.code, several.errors]).toEqual([64, expect.stringContaining("web-1, web-2, web-3")]);
  const only = { ...PROCESSES, "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1")] }) };
  expect((await muster(["ps"], only)).code).toBe(0);
});

test("[CM-11] a kill names the process with its start and its user, and asks first", async () => {
  const bodies: unknown[] = [];
  const handlers: Handlers = {
    ...PROCESSES,
    "POST /api/v1/actions": ({ body }) => {
      bodies.push(body);
      const asked = actionOf(1, serverOf(1, "web-1"), { action: "process.kill", args: body.args! });
      return { batchId: asked.batchId, items: [ended(asked, "succeeded", "it is gone")] };
    },
  };
  const argv = ["kill", "100@web-1", "--signal", "sigkill"];
  const no = await muster(argv, handlers, { person: "asked", answers: ["no"] });
  expect([no.code, no.questions[0]]).toEqual([
    64,
    expect.stringContaining("Send KILL to 100 on web-1: sleep 600, of app?"),
  ]);
  expect((await muster(argv, handlers)).code).toBe(64);
  expect((await muster(["kill", "5@web-1", "--yes"], handlers)).code).toBe(66);
  expect(bodies).toEqual([]);
  const yes = await muster([...argv, "--yes"], handlers);
  expect(yes.output).toBe("succeeded  kill 100@web-1 with KILL: it is gone (2 s)\n");
  expect(bodies).toEqual([
    {
      action: "process.kill",
      args: { pid: 100, startTicks: 4_711, user: "app", signal: "KILL" },
      targets: { servers: [idOf("server", 1)] },
    },
  ]);
});

test("a container gets a signal by its name", async () => {
  let body: unknown;
  const { code } = await muster(["kill", "app@web-1", "--signal", "HUP", "--yes"], {
    ...services(BAD),
    "POST /api/v1/actions": (asked) => {
      body = asked.body;
      const action = actionOf(1, BAD, { action: "container.kill", args: { name: "app", signal: "HUP" } });
      return { batchId: action.batchId, items: [ended(action, "succeeded")] };
    },
  });
  expect([code, body]).toEqual([
    0,
    { action: "container.kill", args: { signal: "HUP" }, targets: { services: [BAD.id] } },
  ]);
});

test("a kill of what is no container says what to do instead", async () => {
  const { code, errors } = await muster(["kill", "app@web-1", "--yes"], services({ ...BAD, driver: "process" }));
  expect([code, errors]).toEqual([64, expect.stringContaining("app@web-1 is no container: use `muster stop`")]);
});

test("[CM-12] a reboot wants the server's name typed", async () => {
  const bodies: unknown[] = [];
  const handlers: Handlers = {
    "POST /api/v1/actions": ({ body }) => {
      bodies.push(body);
      const asked = actionOf(1, serverOf(1, "web-1"), { action: "server.reboot" });
      return { batchId: asked.batchId, items: [ended(asked, "succeeded", "a new boot id")] };
    },
  };
  const wrong = await muster(["reboot", "web-1"], handlers, { person: "asked", answers: ["yes"] });
  expect([wrong.code, bodies]).toEqual([64, []]);
  expect((await muster(["reboot", "web-1"], handlers)).errors).toContain("--yes: is needed");
  const right = await muster(["reboot", "web-1"], handlers, { person: "asked", answers: ["web-1"] });
  expect(right.output).toContain("succeeded  reboot web-1: a new boot id");
  expect(bodies).toEqual([{ action: "server.reboot", targets: { servers: [idOf("server", 1)] } }]);
});

const COMMANDS = serverOf(1, "web-1", {
  policy: {
    state: "file",
    why: "",
    entries: [],
    commands: [
      {
        name: "rotate-logs",
        args: [
          { name: "days", type: "int", min: 1, max: 90 },
          { name: "how", type: "choice", values: ["soft", "hard"] },
        ],
      },
    ],
  },
});

test("exec prints what the program printed, told apart from what became of it, and ends as it ended", async () => {
  let body: unknown;
  const asked = actionOf(1, COMMANDS, { action: "exec.run", args: { command: "rotate-logs" } });
  const handlers: Handlers = {
    "GET /api/v1/servers": () => ({ items: [COMMANDS] }),
    "POST /api/v1/actions": (given) => {
      body = given.body;
      return { batchId: asked.batchId, items: [asked] };
    },
    "GET /api/v1/actions/{id}": () =>
      ended(asked, "failed", "it ended with 3", { exit: 3, output: "rotated\u001b]0;x\u0007 2\nfailed 1\n" }),
  };
  const argv = ["exec", "web-1", "rotate-logs", "days=7", "how=soft"];
  const result = await muster(argv, handlers);
  expect(result).toMatchObject({ code: 3, output: "rotated 2\nfailed 1\n" });
  expect(result.errors).toContain("failed     run rotate-logs@web-1: it ended with 3");
  expect(body).toEqual({
    action: "exec.run",
    args: { command: "rotate-logs", days: 7, how: "soft" },
    targets: { servers: [COMMANDS.id] },
  });
  const refused = { ...handlers, "GET /api/v1/actions/{id}": () => ended(asked, "refused", "no entry") };
  expect((await muster(argv, refused)).code).toBe(77);
});

test.each([
  [["nothing"], 66, "it lets be run: rotate-logs"],
  [["rotate-logs", "days=7"], 64, "how: is missing"],
  [["rotate-logs", "days=91", "how=soft"], 64, "days: must be a whole number from 1 to 90"],
  [["rotate-logs", "days=$(x)", "how=softer"], 64, "how: must be one of soft, hard"],
  [["rotate-logs", "days=1", "how=soft", "more=1"], 64, "more: is no argument of rotate-logs"],
  [["rotate-logs", "days"], 64, "days: must be NAME=VALUE"],
])("exec %j is refused before anything is sent", async (argv, code, words) => {
  const result = await muster(["exec", "web-1", ...argv], {
    "GET /api/v1/servers": () => ({ items: [COMMANDS] }),
    "POST /api/v1/actions": () => ({ refuse: "INTERNAL" }),
  });
  expect([result.code, result.errors]).toEqual([code, expect.stringContaining(words)]);
});

test("actions are listed by server and service and shown one by one", async () => {
  let asked: unknown;
  const item = ended(actionOf(1, WEB), "refused", "no entry allows service.restart");
  const handlers: Handlers = {
    ...services(WEB),
    "GET /api/v1/actions": ({ query }) => {
      asked = query;
      return { items: [item] };
    },
    "GET /api/v1/actions/{id}": () => item,
  };
  const { output } = await muster(["actions", "--server", "web-1", "--service", "nginx", "--state", "ended"], handlers);
  expect(asked).toEqual({ server: idOf("server", 1), service: WEB.id, state: "ended", limit: 50 });
  expect(output.split("\n")[1]).toMatch(
    /^1970-01-01 00:00:01Z +refused +restart nginx\.service@web-1 +anna +2 s +no entry allows service\.restart +0192/,
  );
  expect((await muster(["actions", "show", item.id], handlers)).output).toContain("outcome:   refused: no entry");
});
