import { describe, expect, it, test } from "vitest";
import { CONTAINER_VERBS, RUN_STATES, SERVICE_VERBS, bareStatus } from "./service.ts";
import type { RunState, ServiceStatus, Verb } from "./service.ts";
import { judgeEffect, seenBefore } from "./judge-effect.ts";

const was = (state: RunState, over: Partial<ServiceStatus> = {}): ServiceStatus => ({
  ...bareStatus({ driver: "systemd", name: "a.service" }),
  state,
  run: "1",
  enabled: "disabled",
  ...over,
});
const judged = (verb: Verb, before: ServiceStatus, after: ServiceStatus | undefined, args = {}): string =>
  judgeEffect(verb, seenBefore(before), after, args).is;

const detail = (verb: Verb, before: ServiceStatus, after: ServiceStatus): string => {
  const judgement = judgeEffect(verb, seenBefore(before), after);
  return judgement.is === "pending" ? "" : judgement.detail;
};

/**
 * What a verb came to, by the state seen after it, for a service that ran before as run 1: once when the same run is
 * still named, once when another one is.
 */
type Row = readonly [sameRun: string, otherRun: string];
const TABLE: Readonly<Record<Verb, Readonly<Record<RunState, Row>>>> = {
  start: {
    running: ["succeeded", "succeeded"],
    starting: ["pending", "pending"],
    stopping: ["pending", "pending"],
    stopped: ["failed", "succeeded"],
    "backing-off": ["failed", "failed"],
    failed: ["failed", "failed"],
    paused: ["failed", "failed"],
    unknown: ["unknown", "unknown"],
  },
  restart: {
    running: ["failed", "succeeded"],
    starting: ["pending", "pending"],
    stopping: ["pending", "pending"],
    stopped: ["failed", "succeeded"],
    "backing-off": ["failed", "failed"],
    failed: ["failed", "failed"],
    paused: ["failed", "failed"],
    unknown: ["unknown", "unknown"],
  },
  stop: {
    running: ["failed", "failed"],
    starting: ["failed", "failed"],
    stopping: ["pending", "pending"],
    stopped: ["succeeded", "succeeded"],
    "backing-off": ["failed", "failed"],
    failed: ["succeeded", "succeeded"],
    paused: ["failed", "failed"],
    unknown: ["unknown", "unknown"],
  },
  kill: {
    running: ["pending", "succeeded"],
    starting: ["pending", "succeeded"],
    stopping: ["pending", "succeeded"],
    stopped: ["succeeded", "succeeded"],
    "backing-off": ["succeeded", "succeeded"],
    failed: ["succeeded", "succeeded"],
    paused: ["pending", "succeeded"],
    unknown: ["unknown", "succeeded"],
  },
  reload: {
    running: ["unknown", "failed"],
    starting: ["pending", "failed"],
    stopping: ["failed", "failed"],
    stopped: ["failed", "failed"],
    "backing-off": ["failed", "failed"],
    failed: ["failed", "failed"],
    paused: ["failed", "failed"],
    unknown: ["failed", "failed"],
  },
  pause: {
    running: ["pending", "pending"],
    starting: ["failed", "failed"],
    stopping: ["failed", "failed"],
    stopped: ["failed", "failed"],
    "backing-off": ["failed", "failed"],
    failed: ["failed", "failed"],
    paused: ["succeeded", "succeeded"],
    unknown: ["failed", "failed"],
  },
  unpause: {
    running: ["succeeded", "succeeded"],
    starting: ["failed", "failed"],
    stopping: ["failed", "failed"],
    stopped: ["failed", "failed"],
    "backing-off": ["failed", "failed"],
    failed: ["failed", "failed"],
    paused: ["pending", "pending"],
    unknown: ["failed", "failed"],
  },
  reset: rows(["succeeded", "succeeded"], { failed: ["failed", "failed"] }),
  enable: rows(["failed", "failed"]),
  disable: rows(["succeeded", "succeeded"]),
};

function rows(all: Row, over: Partial<Record<RunState, Row>> = {}): Record<RunState, Row> {
  return { ...(Object.fromEntries(RUN_STATES.map((state) => [state, all])) as Record<RunState, Row>), ...over };
}

describe("what an effect came to", () => {
  for (const verb of [...SERVICE_VERBS, ...CONTAINER_VERBS]) {
    test(`${verb}: every state, of the same run and of another`, () => {
      for (const state of RUN_STATES) {
        const [sameRun, otherRun] = TABLE[verb][state];
        expect(judged(verb, was("running"), was(state)), `${state}, same run`).toBe(sameRun);
        expect(judged(verb, was("running"), was(state, { run: "2" })), `${state}, another run`).toBe(otherRun);
      }
    });
  }

  it("[DR2] tells a start that found it running from one that made it run", () => {
    expect(detail("start", was("running"), was("running"))).toContain("ran already");
    expect(detail("start", was("stopped"), was("running", { run: "2" }))).toContain("new run");
  });

  it("[DR4] never takes a service that still runs for one that was restarted", () => {
    expect(judged("restart", was("running"), was("running"))).toBe("failed");
    expect(judged("restart", was("running"), was("running", { run: null }))).toBe("unknown");
    expect(judged("restart", was("stopped", { run: null }), was("running", { run: "1" }))).toBe("succeeded");
  });

  it("says how the last run ended where that is known", () => {
    const after = was("failed", { lastExit: { code: 3, signal: null, detail: "" }, rawState: "failed (failed)" });
    expect(judgeEffect("start", seenBefore(was("stopped")), after)).toEqual({
      is: "failed",
      detail: "it is failed (failed): exit 3",
    });
    const killed = was("failed", { lastExit: { code: null, signal: "SIGKILL", detail: "out of memory" } });
    expect(detail("start", was("stopped"), killed)).toBe("it is failed: SIGKILL (out of memory)");
  });

  it("takes what is gone for stopped, killed and reset, and for nothing else", () => {
    for (const verb of [...SERVICE_VERBS, ...CONTAINER_VERBS]) {
      const isEnd = verb === "stop" || verb === "kill" || verb === "reset";
      expect(judged(verb, was("running"), undefined), verb).toBe(isEnd ? "succeeded" : "failed");
    }
  });

  it("cannot see what a signal did that ends nothing", () => {
    for (const signal of ["HUP", "USR1", "USR2", "STOP", "CONT"]) {
      expect(judged("kill", was("running"), was("running"), { signal })).toBe("unknown");
    }
    for (const signal of ["TERM", "KILL", "INT", "QUIT"]) {
      expect(judged("kill", was("running"), was("running"), { signal })).toBe("pending");
    }
  });

  it("knows by the file's state whether it is enabled, and why it cannot be", () => {
    const after = (enabled: string | null) => was("running", { enabled });
    const outcome = (verb: Verb, enabled: string | null) => judged(verb, was("running"), after(enabled));
    expect([outcome("enable", "enabled"), outcome("enable", "enabled-runtime")]).toEqual(["succeeded", "succeeded"]);
    for (const word of ["static", "disabled", "masked", "indirect", "generated", null]) {
      expect(outcome("enable", word), String(word)).toBe("failed");
    }
    for (const word of ["disabled", "indirect", "linked"]) expect(outcome("disable", word), word).toBe("succeeded");
    for (const word of ["enabled", "enabled-runtime", "static", null]) {
      expect(outcome("disable", word), String(word)).toBe("failed");
    }
    expect(judgeEffect("enable", seenBefore(was("running")), after("static"))).toMatchObject({
      detail: expect.stringContaining("[Install]") as string,
    });
  });
});
