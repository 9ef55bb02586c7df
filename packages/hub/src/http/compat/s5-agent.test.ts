import { MINUTE_MS, MusterError } from "@muster/core";
import type { DeploymentView, Server } from "@muster/protocol";
import { expect, test } from "vitest";
import type { CompatRequest, RouteCall } from "./compat-handler.ts";
import { s5Agent, s5AgentInfo } from "./s5-agent.ts";
import type { S5AgentVerb } from "./s5-agent.ts";

const server = (link: Server["link"], agentVersion: string | null = null) =>
  ({ id: "a", name: "web-1", link, agentVersion }) as Server;

/** Answers as our routes do: a deployment that is looked at once, and is so then. */
function asked(then: Pick<DeploymentView, "state" | "steps" | "aftermath">) {
  const started: unknown[] = [];
  const waits: unknown[] = [];
  const call = (async (name: string, input: { body?: { action: string }; query?: { waitMs: number } }) => {
    if (name === "POST /api/v1/servers/{id}/agent") {
      started.push(input.body?.action);
      return { id: "d", endedAt: null, state: "waiting", steps: [], aftermath: "" };
    }
    waits.push(input.query?.waitMs);
    if (waits.length > 1) throw new Error("asked in a circle");
    return { id: "d", endedAt: null, ...then };
  }) as unknown as RouteCall;
  const by = (verb: S5AgentVerb, of: Server) => s5Agent({ call } as CompatRequest, verb, of);
  return { by, started, waits };
}
const succeeded = { state: "succeeded" as const, steps: [], aftermath: "" };

test.for([
  ["deploy", "ssh", "deploy"],
  ["install", "ssh", "deploy"],
  ["start", "ssh", "deploy"],
  ["deploy", "agent", "upgrade"],
  ["start", "agent", "start"],
  ["uninstall", "agent", "uninstall"],
] as const)("[CP9] %s of one that is reached by %s is our %s, and waited for", async ([verb, link, action]) => {
  const { by, started, waits } = asked(succeeded);
  expect(await by(verb, server(link))).toEqual({ status: 200, body: { success: true, message: "Done" } });
  expect([started, waits]).toEqual([[action], [MINUTE_MS]]);
});

test("[CP9] installing what is installed asks for nothing", async () => {
  const { by, started } = asked(succeeded);
  expect((await by("install", server("agent"))).body).toMatchObject({ success: true });
  expect(started).toEqual([]);
});

test("[CP9] a failure says why and what is left, by 200 as that system does; a missing right is no effect", async () => {
  const steps = [{ step: "check", state: "failed", detail: "It has no systemd.", startedAt: 0, endedAt: 1 }] as const;
  const { by } = asked({ state: "failed", steps: [...steps], aftermath: "Nothing was changed." });
  expect(await by("deploy", server("ssh"))).toEqual({
    status: 200,
    body: { success: false, error: "failed: It has no systemd. Nothing was changed." },
  });
  const refusing = (() => Promise.reject(new MusterError("FORBIDDEN"))) as unknown as RouteCall;
  await expect(s5Agent({ call: refusing } as CompatRequest, "deploy", server("ssh"))).rejects.toThrow(MusterError);
});

test.each(["waiting", "running", "undoing"] as const)(
  "[CP9] one that is %s after a minute, or when its caller goes away, is no success and is not asked for again",
  async (state) => {
    expect(await asked({ state, steps: [], aftermath: "" }).by("deploy", server("ssh"))).toEqual({
      status: 200,
      body: { success: false, error: "unknown: no outcome yet; the deployment goes on as d" },
    });
  },
);

test("[CP9] the version of an agent is told, and that there is none", () => {
  expect(s5AgentInfo(server("agent", "0.1.0")).body).toMatchObject({ success: true, version: "0.1.0" });
  expect(() => s5AgentInfo(server("ssh"))).toThrow("web-1 has no agent.");
});
