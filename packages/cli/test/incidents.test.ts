import type { DeliveryView, IncidentView, RouteAnswer, SilenceView, StatusPageView } from "@muster/protocol";
import { describe, expect, test } from "vitest";
import { idOf, serverOf } from "./fleet.ts";
import { memoryTerminal } from "./memory-terminal.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

/** Ids of incidents share the beginning in which their time stands. */
const incidentOf = (number: number, title: string, more: Partial<IncidentView> = {}): IncidentView => ({
  ...{ id: idOf("action", number), ruleId: idOf("batch", 1), rule: "CPU is busy", state: "open", title },
  ...{ severity: "warning", openedAt: 60_000, resolvedAt: null, reopened: 0, acknowledged: null },
  ...{
    snoozedUntil: null,
    isHeld: false,
    heldBehind: null,
    wrongCount: 1,
    memberCount: 1,
    serviceIds: [],
    probeIds: [],
    servers: [],
  },
  ...more,
});
const CPU = incidentOf(1, "web-1: CPU is 97 %\u001b[2J (above 95 %)");
const DOWN = incidentOf(20, "db-1 is offline", {
  severity: "critical",
  acknowledged: { by: "anna", at: 70_000 },
});
const OVER = incidentOf(300, "web-1: disk", { state: "resolved", resolvedAt: 120_000 });
const LIST: Handlers = {
  "GET /api/v1/incidents": ({ query }) => ({ items: query.state === "open" ? [DOWN, CPU] : [OVER, DOWN, CPU] }),
  "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1")] }),
};

const muster = musterAt(LIST);

describe("incidents", () => {
  test("are a table of what is open, in which foreign text cannot move the reader's cursor", async () => {
    const { code, output } = await muster(["incidents"]);
    expect(code).toBe(0);
    const lines = output.split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^critical +01920000-.* acknowledged by anna .* db-1 is offline$/);
    expect(output).not.toContain("\u001b");
    expect(lines[2]).toContain("\\u001b[2J");
  });

  test("are with --json the API's own answer, narrowed by how bad they are, by server, and to what is over too", async () => {
    expect(JSON.parse((await muster(["incidents", "--severity", "error", "--json"])).output)).toEqual({
      items: [DOWN],
    });
    const queries: unknown[] = [];
    await muster(["incidents", "list", "--all", "--server", "web-1", "--limit", "7", "--before", OVER.id], {
      "GET /api/v1/incidents": ({ query }) => {
        queries.push(query);
        return { items: [] };
      },
    });
    expect(queries).toEqual([{ server: idOf("server", 1), limit: 7, before: OVER.id }]);
  });

  test("--watch looks until it is ended", async () => {
    const stop = new AbortController();
    const terminal = memoryTerminal();
    const { code } = await muster(
      ["incidents", "--watch", "--json"],
      {
        "GET /api/v1/incidents": () => {
          queueMicrotask(() => stop.abort());
          return { items: [CPU] };
        },
      },
      { stopSignal: stop.signal, terminal },
    );
    expect(code).toBe(0);
  });

  test("one is shown with what is wrong, its story, its evidence and who was told", async () => {
    const delivery: DeliveryView = {
      ...{ id: idOf("batch", 5), incidentId: CPU.id, notifierId: idOf("batch", 6), notifier: "ops", kind: "opened" },
      ...{
        title: CPU.title,
        state: "failed",
        attempts: 3,
        askedAt: 61_000,
        nextAt: null,
        endedAt: 62_000,
        detail: "404",
      },
    };
    const detail: RouteAnswer<"GET /api/v1/incidents/{id}"> = {
      incident: CPU,
      members: [
        {
          ...{ title: CPU.title, severity: "warning", since: 60_000, clearedAt: null, value: 0.97 },
          ...{ serverId: idOf("server", 1), service: null, serviceId: null, probeId: null, metric: "cpu_busy_ratio" },
          labels: {},
        },
      ],
      timeline: [{ at: 60_000, kind: "noted", by: "anna", detail: "on\u001b[1m it" }],
      deliveries: [delivery],
      evidence: {
        at: 60_000,
        series: [{ title: "CPU", metric: "cpu_busy_ratio", from: 0, stepMs: 1_000, values: [0, null, 0.5, 1] }],
        processes: [{ pid: 7, name: "make", user: "anna", cpuRatio: 0.5, residentBytes: 1_024 }],
        logLines: [{ at: null, text: "out of\u0007 memory" }],
        actions: [{ at: 1_000, by: "ben", action: "service.restart", target: "nginx", outcome: "succeeded" }],
        similar: [{ id: OVER.id, title: "before", openedAt: 1, resolvedAt: 2 }],
        missing: ["no processes of the second"],
      },
      suggestions: [
        { action: "service.restart", serverId: idOf("server", 1), serviceId: idOf("service", 1), service: "nginx" },
      ],
      holds: { places: [{ is: "server", id: idOf("server", 2), name: "db-1" }], count: 3 },
    };
    const asked: string[] = [];
    const handlers: Handlers = {
      "GET /api/v1/incidents/{id}": ({ params }) => {
        asked.push(params.id);
        return detail;
      },
    };
    const { output } = await muster(["incidents", "show", CPU.id], handlers);
    expect(output).toMatch(/CPU +▁ ▅█ +100 %/);
    for (const words of [
      "make",
      "anna",
      "service.restart",
      "before",
      "404",
      "Perhaps: muster restart nginx",
      "Not there: ",
      "db-1 and 2 more",
    ])
      expect(output).toContain(words);
    // eslint-disable-next-line no-control-regex
    expect(output).not.toMatch(/[\u0007\u001b]/);
    expect(JSON.parse((await muster(["incidents", "show", CPU.id, "--json"], handlers)).output)).toEqual(detail);
    expect(asked).toEqual([CPU.id, CPU.id]);
  });
});

describe("an incident", () => {
  test("is meant by a beginning of its id, unless several have it", async () => {
    const several = await muster(["ack", CPU.id.slice(0, 20)], {});
    expect([several.code, several.errors.includes("Several ids begin with")]).toEqual([64, true]);
    const none = await muster(["ack", "ffff"], {});
    expect([none.code, none.errors.includes("no incident ffff")]).toEqual([66, true]);
  });

  test("is acknowledged, several at once, and that is taken back", async () => {
    const asked: unknown[] = [];
    const handlers: Handlers = {
      "GET /api/v1/incidents": () => ({
        items: [
          { ...CPU, id: `0${CPU.id.slice(1, -1)}1` },
          { ...DOWN, id: `1${DOWN.id.slice(1)}` },
        ],
      }),
      "POST /api/v1/incidents/{id}/acknowledge": ({ params, body }) => {
        asked.push([params.id[0], body]);
        return CPU;
      },
    };
    const { code, output } = await muster(["ack", "0192", "1192"], handlers);
    expect([code, output.split("\n").length]).toEqual([0, 3]);
    await muster(["ack", "1192", "--take-back"], handlers);
    expect(asked).toEqual([
      ["0", { isAcknowledged: true }],
      ["1", { isAcknowledged: true }],
      ["1", { isAcknowledged: false }],
    ]);
    // One that is not there leaves all as it is.
    expect((await muster(["ack", "0192", "ffff"], handlers)).code).toBe(66);
    expect(asked).toHaveLength(3);
  });

  test("is put off for a time, until a time, and woken", async () => {
    const untils: (number | null)[] = [];
    const handlers: Handlers = {
      "POST /api/v1/incidents/{id}/snooze": ({ body }) => {
        untils.push(body.until);
        return CPU;
      },
    };
    const now = Date.now();
    for (const more of [["--for", "1h"], ["--until", "2099-01-01T00:00Z"], ["--wake"]])
      expect((await muster(["snooze", CPU.id, ...more], handlers)).code).toBe(0);
    expect(untils[0]! - now).toBeGreaterThanOrEqual(3_600_000);
    expect(untils.slice(1)).toEqual([Date.parse("2099-01-01T00:00Z"), null]);
    for (const more of [[], ["--for", "soon"], ["--until", "2001-01-01"], ["--for", "1h", "--until", "2099-01-01"]])
      expect((await muster(["snooze", CPU.id, ...more], handlers)).code).toBe(64);
  });

  test("gets a note", async () => {
    const texts: string[] = [];
    const { code } = await muster(["note", CPU.id, "rebooting it now"], {
      "POST /api/v1/incidents/{id}/notes": ({ body }) => {
        texts.push(body.text);
        return CPU;
      },
    });
    expect([code, texts]).toEqual([0, ["rebooting it now"]]);
  });
});

describe("silences", () => {
  const silence: SilenceView = {
    id: idOf("batch", 9),
    matcher: {
      ...{ serverIds: [idOf("server", 1)], tags: ["prod"], ruleIds: [], probeIds: [], services: ["php*"] },
      severityMost: null,
    },
    ...{ reason: "moving\u001b[2J house", author: "anna", from: 1_000, until: 2_000, isActive: true },
  };

  test("name what they are about by its name", async () => {
    const { output } = await muster(["silence"], { "GET /api/v1/silences": () => ({ items: [silence] }) });
    expect(output).toContain("server web-1; tag prod; service php*");
    expect(output).not.toContain("\u001b");
  });

  test("are added for what is named, from now or from then on", async () => {
    const bodies: unknown[] = [];
    const handlers: Handlers = {
      "POST /api/v1/silences": ({ body }) => {
        bodies.push(body);
        return silence;
      },
    };
    const add = ["silence", "add", "--reason", "move"];
    const argv = [...add, "--server", "web-1", "--service", "php*", "--from", "2099-01-01T00:00Z", "--for", "2h"];
    expect((await muster(argv, handlers)).code).toBe(0);
    const from = Date.parse("2099-01-01T00:00Z");
    expect(bodies).toEqual([
      {
        matcher: { ...silence.matcher, tags: [], services: ["php*"] },
        ...{ reason: "move", from, until: from + 7_200_000 },
      },
    ]);
    const nothing = await muster([...add, "--for", "1h"], handlers);
    expect([nothing.code, nothing.errors.includes("names nothing means nothing")]).toEqual([64, true]);
    expect((await muster([...add, "--tag", "a", "--until", "2001-01-01"], handlers)).code).toBe(64);
    expect((await muster(["silence", "add", "--tag", "a", "--for", "1h"], handlers)).code).toBe(64);
    expect(bodies).toHaveLength(1);
  });

  test("end by a beginning of their id", async () => {
    const ended: string[] = [];
    const { code, output } = await muster(["silence", "end", "0192", "--json"], {
      "GET /api/v1/silences": () => ({ items: [silence] }),
      "DELETE /api/v1/silences/{id}": ({ params }) => {
        ended.push(params.id);
        return null;
      },
    });
    expect([code, JSON.parse(output).ended, ended]).toEqual([0, true, [silence.id]]);
  });
});

describe("status pages", () => {
  const page: StatusPageView = {
    ...{ id: idOf("batch", 7), slug: "shop", name: "Our shop", isEnabled: false, language: "en", text: "" },
    ...{ announcement: null, showsIncidents: false, showsHours: false, showsDays: true },
    items: [{ kind: "server", id: idOf("server", 1), name: "Web site", isGone: true }],
  };
  const asked: unknown[] = [];
  const handlers: Handlers = {
    "GET /api/v1/status-pages": () => ({ items: [page] }),
    "POST /api/v1/status-pages": ({ body }) => (asked.push(body), page),
    "PATCH /api/v1/status-pages/{id}": ({ body }) => (asked.push(body), page),
  };

  test("are listed, and shown with what is gone", async () => {
    expect((await muster(["status-pages"], handlers)).output).toMatch(/off +\/status\/shop +Our shop/);
    expect((await muster(["status-pages", "show", "shop"], handlers)).output).toContain("Web site (gone)");
  });

  test("are added with things under public names, changed by what was told only, and announce until then", async () => {
    asked.length = 0;
    const add = ["status-pages", "add", "shop", "--name", "Shop"];
    expect((await muster([...add, "--server", "web-1=Web = site", "--days", "--enable"], handlers)).code).toBe(0);
    expect((await muster(["status-pages", "edit", "shop", "--no-incidents", "--disable"], handlers)).code).toBe(0);
    const announce = ["status-pages", "announce", "shop"];
    const until = ["--until", "2099-01-01T00:00Z", "--maintenance"];
    expect((await muster([...announce, "New disks", ...until], handlers)).code).toBe(0);
    expect((await muster(announce, handlers)).code).toBe(0);
    expect(asked).toEqual([
      {
        ...{ slug: "shop", name: "Shop", isEnabled: true, showsDays: true, showsHours: false, showsIncidents: false },
        ...{ language: "en", text: "", announcement: null },
        items: [{ kind: "server", id: idOf("server", 1), name: "Web = site" }],
      },
      { showsIncidents: false, isEnabled: false },
      { announcement: { kind: "maintenance", text: "New disks", until: Date.parse("2099-01-01T00:00Z") } },
      { announcement: null },
    ]);
    const nameless = await muster([...add, "--server", "web-1"], handlers);
    expect([nameless.code, nameless.errors]).toEqual([64, expect.stringContaining("public name")]);
    expect((await muster([...announce, "--for", "2h"], handlers)).code).toBe(64);
  });
});
