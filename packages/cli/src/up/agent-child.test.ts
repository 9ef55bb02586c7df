import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { AgentChild } from "./agent-child.ts";
import type { AgentExit, StartAgent } from "./agent-program.ts";
import { upDirectories } from "./directories.ts";
import { serverNameFrom } from "./server-name.ts";

/** An agent program that ends when the test says so; a stop asked ends it with the signal. */
function scriptedAgent() {
  const ends: ((exit: AgentExit) => void)[] = [];
  const start: StartAgent = () => {
    const { promise, resolve } = Promise.withResolvers<AgentExit>();
    ends.push(resolve);
    return { pid: undefined, exited: promise, stop: (signal) => resolve({ code: null, signal }) };
  };
  return { start, ends };
}

async function childOf(agent: ReturnType<typeof scriptedAgent>) {
  const directory = await temporaryDirectory("agent-child");
  const clock = new FakeClock();
  const told: string[] = [];
  const child = new AgentChild(directory.path, {
    clock,
    random: () => 0.999,
    start: agent.start,
    tell: (line) => told.push(line),
  });
  return { directory, clock, told, child };
}

test("an agent that dies is started again, each time after a longer wait", async () => {
  const agent = scriptedAgent();
  const { directory, clock, child } = await childOf(agent);
  await using _ = directory;
  child.start();
  for (const [round, pauseMs] of [1_000, 2_000, 4_000].entries()) {
    expect(agent.ends).toHaveLength(round + 1);
    agent.ends[round]!({ code: 1, signal: null });
    await clock.advance(pauseMs - 200);
    expect(agent.ends).toHaveLength(round + 1);
    await clock.advance(200);
  }
  expect(agent.ends).toHaveLength(4);
  await child.stop();
  expect(clock.pendingTimers).toBe(0);
});

test("after a minute of good running the waits begin anew", async () => {
  const agent = scriptedAgent();
  const { directory, clock, child } = await childOf(agent);
  await using _ = directory;
  child.start();
  for (let round = 0; round < 5; round++) {
    agent.ends[round]!({ code: null, signal: "SIGKILL" });
    await clock.advance(60_000);
  }
  await clock.advance(60_000);
  agent.ends[5]!({ code: 1, signal: null });
  await clock.advance(1_000);
  expect(agent.ends).toHaveLength(7);
  await child.stop();
});

test.each([76, 77, 78])("exit code %d cannot be mended by another start, which is said", async (code) => {
  const agent = scriptedAgent();
  const { directory, clock, told, child } = await childOf(agent);
  await using _ = directory;
  child.start();
  agent.ends[0]!({ code, signal: null });
  await clock.advance(600_000);
  expect(agent.ends).toHaveLength(1);
  expect(told.at(-1)).toContain(`code ${code} and is not started again`);
  await child.stop();
});

test("a stop asked during the wait does not start the agent once more", async () => {
  const agent = scriptedAgent();
  const { directory, clock, child } = await childOf(agent);
  await using _ = directory;
  child.start();
  agent.ends[0]!({ code: 1, signal: null });
  await clock.advance(10);
  await child.stop();
  await clock.advance(60_000);
  expect(agent.ends).toHaveLength(1);
});

test("data lies where the option, the environment or the kind of user says, and the agent's state beside it", () => {
  const user = { isRoot: false, homeDirectory: "/home/anna" };
  expect(upDirectories("/srv/m", { MUSTER_DATA_DIR: "/other" }, user)).toEqual({
    data: "/srv/m",
    agent: "/srv/m-agent",
  });
  expect(upDirectories(undefined, { MUSTER_DATA_DIR: "/other" }, user).data).toBe("/other");
  expect(upDirectories(undefined, {}, user).data).toBe("/home/anna/.local/share/muster");
  expect(upDirectories(undefined, {}, { ...user, isRoot: true }).data).toBe("/var/lib/muster");
});

test.each([
  ["web-1.example.org", "web-1.example.org"],
  ["_odd!name_", "odd-name"],
  ["", "this-machine"],
  ["x".repeat(80), "x".repeat(64)],
])("the host name %j makes the server name %j", (hostName, name) => {
  expect(serverNameFrom(hostName)).toBe(name);
});
