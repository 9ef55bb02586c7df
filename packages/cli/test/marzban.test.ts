import type { ProbeReportView, ProbeView } from "@muster/protocol";
import { expect, test } from "vitest";
import { idOf } from "./fleet.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const probeOf = (number: number, name: string, more: Partial<ProbeView> = {}): ProbeView => ({
  ...{ id: idOf("server", number), name, kind: "marzban", target: "https://panel.example", via: null, about: null },
  ...{ tags: [], state: "active", maintenanceUntil: null, intervalMs: 60_000, timeoutMs: 20_000, rise: 1, fall: 3 },
  ...{ hasSecret: true, settings: {}, health: "healthy", since: 1, detail: "2 of 2 nodes connected", lastAt: 1 },
  ...{ nextAt: null, tookMs: 12, certificateUntil: null, beats: [], createdAt: 1 },
  ...more,
});
const REPORT: ProbeReportView = {
  facts: [
    { key: "version", value: "0.8.4" },
    { key: "nodesConnected", value: 1 },
    { key: "nodesTotal", value: 2 },
    { key: "usersActiveNow", value: 12 },
    { key: "usersTotal", value: 120 },
  ],
  tables: [
    {
      key: "nodes",
      columns: ["name", "state", "address", "message", "upload", "download", "id"].map((key) => ({ key })),
      rows: [
        ["NL-1", "error", "10.0.0.2", "refused\u001b[2J", null, null, "2"],
        ["DE-1", "connected", "10.0.0.1", null, 1_024, 1_024, "1"],
      ],
    },
    { key: "users", columns: [], rows: [], note: "Who is online now is not collected: no right." },
  ],
};
const ONE = probeOf(1, "main");
const OTHER = probeOf(2, "site", { kind: "http" });

const muster = musterAt({
  "GET /api/v1/probes": () => ({ items: [ONE, OTHER] }),
  "GET /api/v1/probes/{id}": () => ({ probe: ONE, report: REPORT, reportAt: 1 }),
});

test("panels are listed with their nodes, and no other probe", async () => {
  const { code, output } = await muster(["marzban", "list"]);
  expect(code).toBe(0);
  const lines = output.split("\n");
  expect(lines[1]).toMatch(/^healthy +main +marzban +0\.8\.4 +1\/2 +12 +120 .* 2 of 2 nodes connected/);
  expect(output).not.toContain("site");
  expect(output).toMatch(/^error +NL-1 +main +10\.0\.0\.2 +– +– +2 +refused\\/m);
  expect(output).toMatch(/^connected +DE-1 +main +10\.0\.0\.1 +– +2\.00 KiB +1$/m);
  expect(output).toContain("main: Who is online now is not collected: no right.");
  expect(output).not.toContain("\u001b[2J");
  const json = await muster(["marzban", "--json"]);
  expect(JSON.parse(json.output)).toEqual({ items: [{ probe: ONE, report: REPORT, reportAt: 1 }] });
  expect((await muster(["marzban"], { "GET /api/v1/probes": () => ({ items: [OTHER] }) })).output).toMatch(
    /^No VPN panels\./,
  );
});

test("a check looks now, and ends with 1 when it finds anything but health", async () => {
  const result = { health: "unhealthy", detail: "nothing listens there", tookMs: null, report: REPORT } as const;
  const handlers: Handlers = {
    "POST /api/v1/probes/{id}/run": ({ params }) => {
      expect(params.id).toBe(ONE.id);
      return { probe: ONE, result };
    },
  };
  const bad = await muster(["marzban", "check", "main"], handlers);
  expect(bad.code).toBe(1);
  expect(bad.output).toMatch(/^unhealthy +main .* nothing listens there/m);
  const good = await muster(["marzban", "check", ONE.id], {
    "POST /api/v1/probes/{id}/run": () => ({ probe: ONE, result: { ...result, health: "healthy" } }),
  });
  expect(good.code).toBe(0);
  const none = await muster(["marzban", "check", "site"]);
  expect([none.code, none.errors]).toEqual([66, expect.stringContaining("There are: main.")]);
});

test("names of panels are offered while somebody types", async () => {
  expect((await muster(["names", "panels"])).output).toBe("main\n");
});
