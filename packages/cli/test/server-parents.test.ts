import type { ServerParentsView } from "@muster/protocol";
import { expect, test } from "vitest";
import { idOf, serverOf } from "./fleet.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const [WEB, GW] = [serverOf(1, "web-1"), serverOf(2, "gw")];
const BEHIND: ServerParentsView = {
  parents: [{ is: "probe", id: idOf("batch", 3), name: "link\u001b[2J B" }],
  way: { is: "server", id: GW.id, name: "gw" },
  heldBehind: { is: "server", id: GW.id, name: "gw" },
};

const muster = musterAt({
  "GET /api/v1/servers": () => ({ items: [WEB, GW] }),
  "GET /api/v1/servers/{id}/parents": () => BEHIND,
});

test("servers parents shows what a server stands behind, and what holds it", async () => {
  const { code, output } = await muster(["servers", "parents", "web-1"]);
  expect(code).toBe(0);
  expect(output).toMatch(/reached by way of: +gw/);
  expect(output).toContain("held: behind gw, which is down");
  expect(output).not.toContain("\u001b");
  expect(JSON.parse((await muster(["servers", "parents", "web-1", "--json"])).output)).toEqual(BEHIND);
});

test("servers parents sets exactly what is named, or nothing, and not both", async () => {
  const bodies: unknown[] = [];
  const handlers: Handlers = {
    "PUT /api/v1/servers/{id}/parents": ({ params, body }) => {
      bodies.push([params.id, body]);
      return BEHIND;
    },
  };
  await muster(["servers", "parents", "web-1", "--behind", "gw"], handlers);
  await muster(["servers", "parents", "web-1", "--nothing"], handlers);
  expect(bodies).toEqual([
    [WEB.id, { serverIds: [GW.id], probeIds: [] }],
    [WEB.id, { serverIds: [], probeIds: [] }],
  ]);
  expect((await muster(["servers", "parents", "web-1", "--nothing", "--behind", "gw"], handlers)).code).not.toBe(0);
  expect((await muster(["servers", "parents", "web-1", "--behind", "nowhere"], handlers)).code).not.toBe(0);
  expect(bodies).toHaveLength(2);
});
