import type { resources, RouteAnswer } from "@muster/protocol";
import { describe, expect, test } from "vitest";
import { idOf } from "./fleet.ts";
import { musterAt } from "./scripted-hub.ts";
import type { Handlers } from "./scripted-hub.ts";
import { NOW, run, TASKS_HUB } from "./tasks-hub.ts";

type RunDetail = RouteAnswer<"GET /api/v1/runs/{id}">;

const muster = musterAt(TASKS_HUB);

describe("a run", () => {
  const action = (state: "sent" | "ended", outcome: resources.ActionView["outcome"] = null): resources.ActionView => ({
    ...{ id: idOf("action", 9), batchId: idOf("batch", 9), serverId: idOf("server", 1), server: "web-1" },
    ...{ serviceId: null, action: "exec.run", args: { command: "tidy" }, actor: "olga", door: "task", reason: "" },
    ...{ state, outcome, detail: outcome === "failed" ? "exit 2" : "", exit: null, askedAt: NOW, sentAt: NOW },
    ...{
      endedAt: state === "ended" ? NOW + 10 : null,
      auditSeq: 1,
      output: state === "ended" ? "no\u001b[2J space\n" : null,
    },
  });
  const going: RunDetail = { run: run(5, { state: "running", outcome: null, endedAt: null }), actions: [], steps: [] };
  const script = (...details: readonly RunDetail[]): Handlers => {
    let place = 0;
    return {
      "POST /api/v1/tasks/{id}/run": () => going.run,
      "GET /api/v1/runs/{id}": () => details[Math.min(place++, details.length - 1)]!,
    };
  };

  test.each([
    ["succeeded", 0],
    ["failed", 72],
    ["refused", 77],
    ["unknown", 75],
    ["timed-out", 75],
    ["cancelled", 72],
  ] as const)("that %s ends the command with %i, after all that became of it was told", async (outcome, code) => {
    const ended = { ...going, run: run(5, { outcome, detail: "1 of 1", attempt: 2 }) };
    const result = await muster(
      ["run", "Nightly"],
      script(
        { ...going, actions: [{ attempt: 1, action: action("sent") }] },
        { ...going, actions: [{ attempt: 1, action: action("ended", "failed") }] },
        ended,
      ),
    );
    expect(result.code).toBe(code);
    expect(result.output.split("\n").slice(0, -1)).toEqual([
      expect.stringMatching(/^running +Nightly$/),
      expect.stringMatching(/^ {2}sent +run tidy@web-1$/),
      expect.stringMatching(/^ {2}failed +run tidy@web-1: exit 2$/),
      expect.stringMatching(new RegExp(`^${outcome} +Nightly, attempt 2: 1 of 1 \\(8 s\\)$`)),
    ]);
  });

  test("is not waited for with --no-wait, and as JSON is one value", async () => {
    const asked = await muster(["run", "Nightly", "--no-wait"], script());
    expect([asked.code, asked.output]).toEqual([0, expect.stringMatching(/^running +Nightly\n$/)]);
    const ended = { ...going, run: run(5) };
    const { output } = await muster(["run", "Nightly", "--json"], script(ended));
    expect(JSON.parse(output)).toEqual(ended);
  });

  test("that goes on when the waiting ends says where to look", async () => {
    const stop = new AbortController();
    const { code, errors } = await muster(
      ["run", "Nightly"],
      {
        ...script(),
        "GET /api/v1/runs/{id}": () => {
          stop.abort();
          return going;
        },
      },
      { stopSignal: stop.signal },
    );
    expect([code, errors.includes(`muster runs show ${going.run.id}`)]).toEqual([75, true]);
  });

  test("is shown with what it asked for and what programs printed, and cancelled", async () => {
    const detail: RunDetail = {
      run: run(5, { outcome: "failed", detail: "exit 2", attempt: 2 }),
      actions: [{ attempt: 1, action: action("ended", "failed") }],
      steps: [{ attempt: 2, what: "Shop", outcome: "failed", detail: "refused", output: "HTTP 502", endedAt: NOW }],
    };
    const handlers: Handlers = {
      "GET /api/v1/runs": ({ query }) => ({ items: query.outcome === "missed" ? [] : [run(5)] }),
      "GET /api/v1/runs/{id}": () => detail,
      "POST /api/v1/runs/{id}/cancel": () => run(5, { outcome: "cancelled", detail: "cancelled by olga" }),
    };
    const { output } = await muster(["runs", "show", run(5).id.slice(0, 30)], handlers);
    expect(output).toMatch(/Attempt 1:\nfailed +run tidy@web-1: exit 2\n {4}no.* space\n/);
    expect(output).toMatch(/Attempt 2:\nfailed +Shop: refused\n {4}HTTP 502\n/);
    expect(output).not.toContain("\u001b");
    expect((await muster(["runs", "cancel", run(5).id], handlers)).output).toMatch(
      /^cancelled +Nightly: cancelled by olga/,
    );
    expect((await muster(["tasks", "runs", "Nightly", "--outcome", "missed"], handlers)).output).toBe("No runs.\n");
    expect((await muster(["runs"], handlers)).output).toContain(run(5).id);
  });
});
