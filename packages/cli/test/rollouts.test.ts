import type { RolloutDetail, RolloutView } from "@muster/protocol";
import { expect, test } from "vitest";
import { serviceOf } from "./fleet.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";

const WEB = [1, 2].map((number) => serviceOf(number, `web.service@web-${number}`));
const ID = "01920000-0000-7000-8004-000000000001";
const SHA256 = "a".repeat(64);

type Change = Partial<RolloutView>;
const detailOf = (change: Change, stages: readonly RolloutDetail["targets"][number]["stage"][]): RolloutDetail => ({
  rollout: {
    ...{ id: ID, name: "restart web", action: "service.restart", state: "running", outcome: null, detail: "" },
    ...{ wave: 0, waveCount: 2, targetCount: 2, counts: {}, sha256: SHA256, asker: "anna", approvedBy: null },
    ...{ askedAt: 1, approvedAt: null, startedAt: 1, endedAt: null, revision: 1 },
    ...change,
  },
  plan: {
    ...{ version: 1, name: "restart web", action: "service.restart", args: {}, batchSize: 1, pauseMs: 0 },
    ...{ gate: { stableMs: 30_000, timeoutMs: 300_000 }, failuresMax: 0, onFailure: "stop", needsApproval: false },
    ...{ reason: "", notes: ["Mind the gap."] },
    waves: WEB.map((service, index) => ({
      isCanary: index === 0,
      targets: [
        {
          ...{ id: service.id, serverId: service.serverId, server: service.server },
          service: { driver: "systemd", name: service.name },
        },
      ],
    })),
  },
  targets: WEB.map(({ id }, wave) => ({
    ...{ id, wave, stage: stages[wave]!, detail: stages[wave] === "failed" ? "not well again within 300 s" : "" },
    ...{ cmd: null, undoCmd: null, goodSince: null },
  })),
});

/** A hub whose rollout goes through these states, one at each look. */
function world(states: readonly RolloutDetail[], planned: Change = { state: "planned" }) {
  const asked: string[] = [];
  const bodies: unknown[] = [];
  let look = 0;
  const answer = (name: string, body: unknown): RolloutView => {
    asked.push(name);
    bodies.push(body);
    return detailOf(planned, ["waiting", "waiting"]).rollout;
  };
  const handlers: Handlers = {
    "GET /api/v1/services": () => ({ items: [...WEB, serviceOf(3, "db.service@web-1")] }),
    "POST /api/v1/rollouts": ({ body }) => {
      asked.push("plan");
      bodies.push(body);
      return detailOf(planned, ["waiting", "waiting"]);
    },
    "GET /api/v1/rollouts/{id}": () => states[Math.min(look++, states.length - 1)]!,
    "GET /api/v1/rollouts": () => ({ items: states.map(({ rollout }) => rollout) }),
    "POST /api/v1/rollouts/{id}/start": ({ body }) => answer("start", body),
    "POST /api/v1/rollouts/{id}/approve": ({ body }) => answer("approve", body),
    "POST /api/v1/rollouts/{id}/pause": () => answer("pause", undefined),
    "POST /api/v1/rollouts/{id}/abort": ({ body }) => answer("abort", body),
  };
  return { handlers, asked, bodies };
}

const muster = musterAt();

const PLAN =
  "restart web: service.restart on 2 targets, at most 1 at once.\n" +
  "  wave 1 (canary)  web.service@web-1\n  wave 2           web.service@web-2\n" +
  "Each must be well for 30 s within 5 min.\n" +
  "When more than 0 have failed, nothing more begins.\nMind the gap.\n" +
  `Plan aaaaaaaaaaaa of anna, id ${ID}.\n`;

test("a rollout is planned, shown, started by its hash and told until it has ended", async () => {
  const { handlers, asked, bodies } = world([
    detailOf({}, ["asked", "waiting"]),
    detailOf({ revision: 2 }, ["good", "asked"]),
    detailOf({ revision: 3, state: "ended", outcome: "succeeded", detail: "all 2 are well" }, ["good", "good"]),
  ]);
  const argv = ["roll", "restart", "web", "--batch", "25%", "--canary", "1", "--wait-healthy", "30s", "--yes"];
  const result = await muster(argv, handlers);
  expect(result).toMatchObject({ code: 0, errors: "" });
  expect(asked).toEqual(["plan", "start"]);
  expect(bodies).toEqual([
    {
      ...{ name: "restart web", action: "service.restart", order: "name", onFailure: "stop", canary: 1, pauseMs: 0 },
      ...{ targets: { services: WEB.map(({ id }) => id) }, batch: { is: "percent", percent: 25 }, failuresMax: 0 },
      ...{ gate: { stableMs: 30_000, timeoutMs: 300_000 }, needsApproval: false, args: {}, reason: "" },
    },
    { sha256: SHA256 },
  ]);
  expect(result.output).toBe(
    `${PLAN}wave 1  web.service@web-1: asked\nwave 1  web.service@web-1: well\nwave 2  web.service@web-2: asked\n` +
      "wave 2  web.service@web-2: well\nsucceeded: all 2 are well\n",
  );
});

test.each([
  ["failed", 72, "ACTION_FAILED"],
  ["rolled-back", 72, "ACTION_FAILED"],
  ["aborted", 72, "ACTION_FAILED"],
  ["refused", 77, "ACTION_REFUSED"],
] as const)("one that ends %s ends the command with %d", async (outcome, code, name) => {
  const { handlers } = world([detailOf({ state: "ended", outcome, detail: "so it is" }, ["failed", "waiting"])]);
  const result = await muster(["roll", "restart", "web", "--yes", "--json"], handlers);
  expect(result.code).toBe(code);
  expect(result.errors).toContain(name);
  expect(result.errors).toContain("so it is");
});

test("a dry run shows the plan and leaves nothing", async () => {
  const { handlers, asked } = world([]);
  expect(await muster(["roll", "restart", "web", "--dry-run"], handlers)).toMatchObject({ code: 0, output: PLAN });
  expect(asked).toEqual(["plan", "abort"]);
});

test("without an answer nothing is started, and the plan does not stay", async () => {
  const { handlers, asked } = world([]);
  const result = await muster(["roll", "restart", "web"], handlers);
  expect(result.code).not.toBe(0);
  expect(result.errors).toContain("--yes");
  expect(asked).toEqual(["plan", "abort"]);
});

test("one that needs a second person says how to go on", async () => {
  const { handlers, asked } = world([], { state: "awaiting-approval" });
  const result = await muster(["roll", "restart", "web", "--approve-by-second", "--yes"], handlers);
  expect(result.code).toBe(0);
  expect(result.errors).toContain(`muster roll approve ${ID}`);
  expect(asked).toEqual(["plan"]);
});

test("an approval is of the plan that was shown", async () => {
  const { handlers, bodies } = world([detailOf({ state: "awaiting-approval" }, ["waiting", "waiting"])]);
  const result = await muster(["roll", "approve", ID, "--yes"], handlers);
  expect(result).toMatchObject({ code: 0, output: `${PLAN}Approved. anna may start it now.\n` });
  expect(bodies).toEqual([{ sha256: SHA256 }]);
});

test("pause, abort, list and show", async () => {
  const ended = detailOf({ state: "ended", outcome: "failed", detail: "1 of 2 failed", wave: null }, [
    "good",
    "failed",
  ]);
  const { handlers, asked, bodies } = world([ended]);
  expect(await muster(["roll", "pause", ID], handlers)).toMatchObject({ code: 0, output: "restart web is planned.\n" });
  await muster(["roll", "abort", ID, "--roll-back"], handlers);
  expect(asked).toEqual(["pause", "abort"]);
  expect(bodies[1]).toEqual({ isTakenBack: true });
  expect((await muster(["roll"], handlers)).output).toMatch(/failed +restart web/);
  const { output } = await muster(["roll", "show", ID], handlers);
  expect(output).toMatch(/^ +2 +web.service@web-2 +failed +not well again within 300 s$/m);
});

test.each([
  [["roll", "restart"], "No service is named"],
  [["roll", "restart", "none", "--yes"], "There is no service called none"],
  [["roll", "restart", "web", "wbe", "--yes"], "There is no service called wbe"],
  [["roll", "restart", "web", "--batch", "0"], "--batch"],
  [["roll", "restart", "web", "--batch", "200%"], "--batch"],
  [["roll", "restart", "web", "--wait-healthy", "1h", "--timeout", "1m"], "--wait-healthy"],
  [["roll", "reboot"], "No server is named"],
] as const)("%j is refused", async (argv, why) => {
  const { handlers, asked } = world([]);
  const result = await muster(argv, handlers);
  expect(result.code).not.toBe(0);
  expect(result.errors).toContain(why);
  expect(asked).toEqual([]);
});
