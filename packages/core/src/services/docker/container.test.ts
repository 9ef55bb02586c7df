import { describe, expect, it } from "vitest";
import { isContainerName, negotiateApi, parseContainer, parseContainerEvent, parseContainerStats } from "./index.ts";

const ID = "a".repeat(64);
const container = (state: object, more: object = {}) =>
  parseContainer({ Id: ID, Name: "/web", State: state, HostConfig: {}, Config: {}, ...more });
const RAN = { StartedAt: "2026-11-26T09:00:00Z", FinishedAt: "2026-11-26T09:10:00.5Z" };

describe("the version of the API", () => {
  it("is the lower of the engine's and ours, but not below what the engine still answers to", () => {
    expect(negotiateApi({ ApiVersion: "1.41", MinAPIVersion: "1.12" })?.prefix).toBe("/v1.41");
    expect(negotiateApi({ ApiVersion: "1.52", MinAPIVersion: "1.24" })?.prefix).toBe("/v1.44");
    expect(negotiateApi({ ApiVersion: "1.60", MinAPIVersion: "1.50" })?.prefix).toBe("/v1.50");
    expect(negotiateApi({ ApiVersion: "1.40" })).toEqual({ prefix: "/v1.40", stats: "none" });
  });

  it("is no text of somebody else's that would become a path", () => {
    for (const version of ["1.41/../x", "v1.41", "1", "", 1.41, null, undefined]) {
      expect(negotiateApi({ ApiVersion: version }), String(version)).toBeUndefined();
    }
    expect(negotiateApi("1.41")).toBeUndefined();
  });
});

describe("names of containers", () => {
  it("[FS-07] are those that the engine allows, and nothing that a URL reads", () => {
    for (const name of ["web", "shop-web-1", "a.b_c", "a..b", "0"]) expect(isContainerName(name), name).toBe(true);
    for (const name of ["", "/web", "-web", "a b", "a/b", "..", "a%2f", "a?b", "a#b", "web\n", "é", "x".repeat(256)]) {
      expect(isContainerName(name), JSON.stringify(name)).toBe(false);
    }
  });
});

describe("a container", () => {
  it("ended by itself is failed by its code, and not by the codes of a stop that was asked for", () => {
    const ended = (ExitCode: number, more: object = {}) =>
      container({ Status: "exited", ExitCode, ...RAN, ...more })?.status.state;
    expect([0, 130, 137, 143].map((code) => ended(code))).toEqual(["stopped", "stopped", "stopped", "stopped"]);
    expect([1, 2, 127, 139].map((code) => ended(code))).toEqual(["failed", "failed", "failed", "failed"]);
    expect(ended(137, { OOMKilled: true })).toBe("failed");
    const starved = container({ Status: "exited", ExitCode: 137, OOMKilled: true, ...RAN })?.status;
    expect(starved).toMatchObject({ health: "unhealthy", healthDetail: "exit 137 (out of memory)" });
  });

  it("that could not be started is failed, one that never was is stopped without a run", () => {
    expect(container({ Status: "created", ExitCode: 0 })?.status).toMatchObject({ state: "stopped", run: null });
    expect(container({ Status: "created", ExitCode: 127, Error: "no such program" })?.status).toMatchObject({
      state: "failed",
      lastExit: { code: 127, detail: "no such program" },
    });
  });

  it("is as healthy as its own check says", () => {
    const health = (Status: string, more: object = {}) =>
      container({ Status: "running", ...RAN, Health: { Status, ...more } });
    expect(health("healthy")?.status.health).toBe("healthy");
    expect(health("starting")).toMatchObject({ check: "starting", status: { health: "unknown" } });
    expect(health("unhealthy", { FailingStreak: 3, Log: [{ Output: "no database\n" }] })?.status).toMatchObject({
      health: "unhealthy",
      healthDetail: "its check failed 3 times: no database",
    });
    expect(health("none")?.status.health).toBe("healthy");
    expect(health("dreaming")?.status).toMatchObject({ health: "unknown", healthDetail: 'its check says "dreaming"' });
    expect(container({ Status: "paused", ...RAN })?.status.health).toBe("degraded");
    expect(container({ Status: "dreaming", ...RAN })?.status).toMatchObject({ state: "unknown", rawState: "dreaming" });
  });

  it("shows the ports of the machine that lead to it, each once", () => {
    const ports = {
      "80/tcp": [
        { HostIp: "0.0.0.0", HostPort: "8080" },
        { HostIp: "::", HostPort: "8080" },
      ],
      "81/tcp": null,
    };
    expect(container({ Status: "running" }, { NetworkSettings: { Ports: ports } })?.status.ports).toEqual([8080]);
    const stopped = { HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "9090" }] } } };
    expect(container({ Status: "exited" }, stopped)?.status.ports).toEqual([9090]);
    const own = { HostConfig: { NetworkMode: "host" }, Config: { ExposedPorts: { "6379/tcp": {} } } };
    expect(container({ Status: "running" }, own)?.status.ports).toEqual([6379]);
    const bad = { NetworkSettings: { Ports: { x: [{ HostPort: "70000" }, { HostPort: "-1" }, { HostPort: 80 }, 7] } } };
    expect(container({ Status: "running" }, bad)?.status.ports).toEqual([]);
  });

  it("is nothing when its id or name is not what it must be", () => {
    for (const answer of [null, [], "x", {}, { Id: "abc", Name: "/web" }, { Id: ID, Name: "/../web" }, { Id: ID }]) {
      expect(parseContainer(answer)).toBeUndefined();
    }
    expect(parseContainer({ Id: ID, Name: "/web" })?.status.state).toBe("unknown");
  });
});

describe("what a container uses", () => {
  it("leaves out the cache, by the names of both versions of control groups, and is null where nothing counts", () => {
    const two = {
      cpu_stats: { cpu_usage: { total_usage: 2e9 } },
      memory_stats: { usage: 100, stats: { inactive_file: 30 } },
      pids_stats: { current: 4 },
    };
    expect(parseContainerStats(two)).toEqual({ cpuSeconds: 2, memoryBytes: 70, tasks: 4 });
    const one = { memory_stats: { usage: 100, stats: { cache: 60, inactive_file: 30 } } };
    expect(parseContainerStats(one)).toEqual({ cpuSeconds: null, memoryBytes: 40, tasks: null });
    expect(parseContainerStats({ memory_stats: {} })).toEqual({ cpuSeconds: null, memoryBytes: null, tasks: null });
    expect(parseContainerStats(null).memoryBytes).toBeNull();
  });
});

describe("an event", () => {
  it("names its container, or nothing", () => {
    expect(parseContainerEvent('{"Actor":{"Attributes":{"name":"web"}}}')).toBe("web");
    for (const line of ["", "{", "null", "[]", '{"Actor":{}}', '{"Actor":{"Attributes":{"name":"a/b"}}}']) {
      expect(parseContainerEvent(line), line).toBeUndefined();
    }
  });
});
