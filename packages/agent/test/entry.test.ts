import { freePort, runProgram, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { joinHub } from "../src/join.ts";
import { AGENT_PROGRAM } from "./agent-fixture.ts";
import { ScriptedHub } from "./scripted-hub.ts";

const agent = (...argv: string[]) => runProgram([process.execPath, AGENT_PROGRAM, ...argv]);

test("what is wrong is told in one sentence with the code of its kind", async () => {
  await using directory = await temporaryDirectory("agent");
  const state = directory.file("state");
  const cases: [string[], number, RegExp][] = [
    [["dance"], 64, /no command "dance"/],
    [["run", "--intervall=3"], 64, /no option --intervall/],
    [
      ["run", "--interval-ms=fast", "--mounts=x", "--state", state],
      78,
      /MUSTER_AGENT_MOUNTS: .*; MUSTER_AGENT_INTERVAL_MS: /,
    ],
    [["run", "--state", state], 78, /has not joined/],
    [["join", "--state", state], 64, /say the address/],
    [["join", "ws://hub.example", "--state", state], 78, /join token/],
  ];
  for (const [argv, code, said] of cases) {
    const ended = await agent(...argv);
    expect([ended.exitCode, ended.stderr.split("\n").length], argv.join(" ")).toEqual([code, 2]);
    expect(ended.stderr).toMatch(said);
  }
});

test("[PR90] serve that is ended while no hub has dialled ends in order, and its doctor says who dials whom", async () => {
  await using directory = await temporaryDirectory("agent");
  const [state, listen] = [directory.file("state"), `127.0.0.1:${await freePort()}`];
  const argv = [process.execPath, AGENT_PROGRAM, "serve", "--state", state, "--listen", listen];
  const token = "mst1.0123456789.aaaaaaaaaaaaaaaaaaaaaaaaaaa.00000000000000000000000000000000";
  await using serving = await startProgram(argv, { stdin: token });
  const isThere = (): Promise<boolean> =>
    fetch(`http://${listen}`).then(
      ({ status }) => status === 426,
      () => false,
    );
  await waitFor(isThere, { timeoutMs: 15_000, describe: () => `it listens; it said ${serving.output}` });
  expect(await serving.stop()).toEqual({ code: 0, signal: null });

  await using hub = await ScriptedHub.start();
  await joinHub({ hub: hub.url, token: hub.mintToken(), name: "web-1", stateDirectory: state });
  const told = await agent("doctor", "--state", state, "--policy", directory.file("policy.yaml"), "--listen", listen);
  expect(told.stdout).toContain(`note     the hub dials this agent at ${listen}`);
});

test("doctor finds the hub, the policy and the spool, and compares the numbers with this machine's tools", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const state = directory.file("state");
  await joinHub({ hub: hub.url, token: hub.mintToken(), name: "web-1", stateDirectory: state });
  const policy = directory.file("none", "policy.yaml");
  const ended = await agent("doctor", "--json", "--state", state, "--policy", policy);
  const report = JSON.parse(ended.stdout) as { findings: { level: string; what: string }[]; readings: unknown[] };
  const told = report.findings.map((finding) => `${finding.level} ${finding.what}`).join("\n");
  expect(told).toMatch(/ok the hub hub-1 answers/);
  expect(told).toMatch(/ok monitor-only/);
  expect(told).toMatch(/ok the spool holds 0 bytes/);
  expect(report.readings.length).toBeGreaterThan(10);

  await hub.stop();
  const away = await agent("doctor", "--state", state, "--policy", policy);
  expect(away.exitCode).toBe(1);
  expect(away.stdout).toMatch(/problem +The hub cannot be reached: .*\n +→ check name, port, firewall/);
});

test("policy explains what the hub may do here, and fingerprint says six words", async () => {
  await using directory = await temporaryDirectory("agent");
  await using hub = await ScriptedHub.start();
  const state = directory.file("state");
  const { fingerprint } = await joinHub({ hub: hub.url, token: hub.mintToken(), name: "a", stateDirectory: state });
  expect((await agent("fingerprint", "--state", state)).stdout).toBe(`${fingerprint}\n`);
  const policy = await agent("policy", "--policy", directory.file("policy.yaml"));
  expect(policy.stdout).toMatch(/monitor-only[^]*never +shell/);
});
