import type { ProbeView } from "@muster/protocol";
import { describe, expect, test } from "vitest";
import { idOf, serverOf, serviceOf } from "./fleet.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const probeOf = (number: number, name: string, more: Partial<ProbeView> = {}): ProbeView => ({
  ...{ id: idOf("service", number), name, kind: "http", target: "https://shop.example/", via: null, about: null },
  ...{ tags: [], state: "active", maintenanceUntil: null, intervalMs: 30_000, timeoutMs: 10_000, rise: 1, fall: 3 },
  ...{ hasSecret: false, settings: { url: "https://shop.example/", headers: [], redirectsMax: 0 } },
  ...{ health: "healthy", since: 0, detail: "200 in 12 ms", lastAt: 0, nextAt: null, tookMs: 12 },
  ...{ certificateUntil: null, beats: [{ at: 0, health: "healthy", tookMs: 12 }], createdAt: 0 },
  ...more,
});
const SHOP = probeOf(1, "shop");
const DB = probeOf(2, "db", {
  kind: "tcp",
  target: "db:5432",
  health: "unhealthy",
  detail: "nothing\u001b[2J listens",
});
const LIST: Handlers = { "GET /api/v1/probes": () => ({ items: [SHOP, DB] }) };

const muster = musterAt({
  "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1")] }),
  ...LIST,
});

describe("probes", () => {
  test("are a table, whose foreign text cannot move the reader's cursor, and with --json the API's own answer", async () => {
    const { code, output } = await muster(["probes"], {});
    expect(code).toBe(0);
    expect(output.split("\n")[1]).toMatch(/^healthy +shop +http +https:\/\/shop\.example\/ +12 ms .* · +200 in 12 ms$/);
    expect(output).not.toContain("\u001b[2J");
    const json = await muster(["probes", "--health", "unhealthy", "--json"], {});
    expect(JSON.parse(json.output)).toEqual({ items: [DB] });
  });

  test("are added with settings by name, of the types that their fields want", async () => {
    let body: unknown;
    const argv = ["probes", "add", "http", "site", "--set", "url=https://a/?b=c", "--set", "redirectsMax=2"];
    const more = ["--set", "headers=A: 1", "--set", "headers=B: 2", "--about", "web-1", "--interval", "60"];
    const { code } = await muster([...argv, ...more], {
      "POST /api/v1/probes": (asked) => {
        body = asked.body;
        return { probe: SHOP, pingUrl: null };
      },
    });
    expect(code).toBe(0);
    expect(body).toMatchObject({
      ...{ kind: "http", name: "site", about: idOf("server", 1), intervalMs: 60_000 },
      settings: { url: "https://a/?b=c", redirectsMax: 2, headers: ["A: 1", "B: 2"] },
    });
  });

  test("are about a service by its name, which says its server; lists are narrowed the same way", async () => {
    const bodies: unknown[] = [];
    const queries: unknown[] = [];
    const service = serviceOf(9, "nginx.service@web-1", "systemd", { serverId: idOf("server", 1) });
    const handlers: Handlers = {
      "GET /api/v1/services": () => ({ items: [service] }),
      "GET /api/v1/probes": ({ query }) => {
        queries.push(query);
        return { items: [SHOP] };
      },
      "POST /api/v1/probes": ({ body }) => {
        bodies.push(body);
        return { probe: SHOP, pingUrl: null };
      },
    };
    const adding = ["probes", "add", "http", "site", "--set", "url=https://a/"];
    for (const more of [
      ["--service", "nginx@web-1"],
      ["--about", "web-1", "--service", "none"],
    ])
      expect((await muster([...adding, ...more], handlers)).code).toBe(0);
    expect(bodies).toMatchObject([
      { about: idOf("server", 1), service: { driver: "systemd", name: "nginx.service" } },
      { about: idOf("server", 1), service: null },
    ]);
    expect((await muster([...adding, "--service", "apache"], handlers)).errors).toContain("no service called apache");
    await muster(["probes", "--service", "nginx.service", "--about", "web-1"], handlers);
    expect(queries).toEqual([{ about: idOf("server", 1), service: service.id }]);
    const about = {
      serverId: idOf("server", 1),
      name: "web-1",
      service: { id: null, driver: "systemd", name: service.name } as const,
    };
    const shown = await muster(["probes", "show", "shop"], {
      "GET /api/v1/probes/{id}": () => ({
        probe: { ...SHOP, about },
        report: { facts: [], tables: [] },
        reportAt: null,
      }),
    });
    expect(shown.output).toContain("nginx.service@web-1 (systemd, not there now)");
  });

  test.each([
    ["no such setting", ["probes", "add", "http", "n", "--set", "colour=red"], "colour is no setting of this kind"],
    ["a missing one", ["probes", "add", "http", "n"], "url is needed"],
    ["a wrong number", ["probes", "add", "tcp", "n", "--set", "host=a", "--set", "port=x"], "port must be a number"],
    ["no such kind", ["probes", "add", "gopher", "n"], "gopher is none"],
    ["a wrong interval", ["probes", "add", "tcp", "n", "--set", "host=a", "--interval", "1"], "--interval"],
  ])("%s is told before the hub is asked", async (_title, argv, words) => {
    const { code, errors } = await muster(argv, {});
    expect([code, errors.includes(words)]).toEqual([64, true]);
  });

  test("[PB18] of programs are added with the server that runs them, and their kind says that it is needed", async () => {
    let body: unknown;
    const argv = [
      "probes",
      "add",
      "exec",
      "disk",
      "--set",
      "program=disk",
      "--set",
      "degradedCodes=none",
      "--via",
      "web-1",
    ];
    const { code } = await muster(argv, {
      "POST /api/v1/probes": (asked) => {
        body = asked.body;
        return { probe: SHOP, pingUrl: null };
      },
    });
    expect(code).toBe(0);
    expect(body).toMatchObject({
      ...{ kind: "exec", name: "disk", via: idOf("server", 1) },
      settings: { program: "disk", degradedCodes: "none" },
    });
    const kind = await muster(["probes", "kinds", "exec"], {});
    expect(kind.output).toMatch(/^program +needed$/m);
    expect(kind.output).toContain("--via SERVER is needed");
    expect((await muster(["probes", "kinds", "tcp"], {})).output).not.toContain("--via");
  });

  test("a look that is not healthy ends with 1, and says what it saw", async () => {
    const report = {
      facts: [{ key: "usedMemory", value: 2_048, unit: "bytes" }],
      tables: [{ key: "tables", columns: [{ key: "name" }], rows: [["users"]], note: "a sample" }],
    };
    const result = { health: "degraded", detail: "slow", tookMs: 1_500, report };
    const { code, output } = await muster(["probes", "run", "shop"], {
      "POST /api/v1/probes/{id}/run": () => ({ probe: SHOP, result }) as never,
    });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^degraded: slow \(1500 ms\)\n\nused memory: +2\.00 KiB\n\ntables – a sample\nNAME\nusers\n$/,
    );
  });

  test("an edit keeps what is not told, and says when the secret was forgotten", async () => {
    let body: unknown;
    const kept = probeOf(1, "shop", { hasSecret: true });
    const { output } = await muster(["probes", "edit", "shop", "--set", "url=https://b/"], {
      "GET /api/v1/probes": () => ({ items: [kept] }),
      "PATCH /api/v1/probes/{id}": (asked) => {
        body = asked.body;
        return { ...kept, hasSecret: false };
      },
    });
    expect(body).toMatchObject({ settings: { url: "https://b/", redirectsMax: 0 } });
    expect(output).toContain("its secret was forgotten");
  });

  test("those that are not well are in `health`, unless the token may not see probes", async () => {
    const services = { "GET /api/v1/services": () => ({ items: [] }) };
    const unwell = await muster(["health"], services);
    expect([unwell.code, unwell.output.split("\n").length]).toEqual([1, 3]);
    expect(unwell.output).toContain("unhealthy");
    expect((await muster(["health", "shop"], services)).code).toBe(0);
    expect((await muster(["health", "db"], services)).code).toBe(1);
    const forbidden = await muster(["health"], {
      ...services,
      "GET /api/v1/probes": () => ({ refuse: "FORBIDDEN" }),
    });
    expect([forbidden.code, forbidden.errors.includes("probes.read")]).toEqual([0, true]);
  });

  test.each([
    ["failed", 72],
    ["unknown", 75],
  ] as const)("an act that is %s ends with %d, in words that move nobody's cursor", async (outcome, expected) => {
    const redis = probeOf(3, "cache", { kind: "redis" });
    const report = { facts: [{ key: "removed", value: 3 }], tables: [] };
    const { code, output } = await muster(["probes", "act", "cache", "clear", "--set", "pattern=a*", "--yes"], {
      "GET /api/v1/probes": () => ({ items: [redis] }),
      "POST /api/v1/probes/{id}/acts/{act}": () => ({ outcome, detail: "why\u001b[2J", report }),
    });
    expect([code, output]).toEqual([expected, `${outcome}: why\\u001b[2J\n\nremoved: 3\n`]);
  });

  test("an unknown one ends with 66 and names that look alike; removing asks first", async () => {
    const unknown = await muster(["probes", "show", "SHO"], {});
    expect([unknown.code, unknown.errors.includes("Did you mean shop?")]).toEqual([66, true]);
    const asked = await muster(["probes", "delete", "shop"], {});
    expect([asked.code, asked.errors.includes("--yes")]).toEqual([64, true]);
    expect((await muster(["names", "probes"], {})).output).toBe("shop\ndb\n");
  });
});
