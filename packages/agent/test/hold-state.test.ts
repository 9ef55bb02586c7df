import { silentLogger } from "@muster/core";
import { startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { joinHub } from "../src/join.ts";
import { runAgent } from "../src/run-agent.ts";
import { AGENT_PROGRAM, testConfig } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";

test("while an agent runs, no second one does, and none joins anew under it; a killed one is in nobody's way", async () => {
  await using directory = await temporaryDirectory("hold");
  await using hub = await ScriptedHub.start();
  const stateDirectory = directory.file("state");
  const join = () => joinHub({ hub: hub.url, token: hub.mintToken(), name: "web-1", stateDirectory, again: true });
  await join();
  const { policyPath, servicesPath } = testConfig(stateDirectory);
  await using agent = await startProgram([process.execPath, AGENT_PROGRAM, "run"], {
    env: {
      ...process.env,
      ...{ MUSTER_AGENT_STATE: stateDirectory, MUSTER_AGENT_POLICY: policyPath, MUSTER_AGENT_SERVICES: servicesPath },
    },
  });
  const joined = hub.connections.length;
  await waitFor(() => hub.connections.length > joined, { describe: () => `the agent's connection; ${agent.output}` });
  const runs = `runs already, as process ${agent.pid}.`;
  await expect(join()).rejects.toThrow(runs);
  await expect(runAgent(testConfig(stateDirectory), { log: silentLogger })).rejects.toThrow(runs);
  await agent.stop("SIGKILL");
  await join();
});
