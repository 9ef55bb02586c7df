import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDeployFacts } from "./deploy-facts.ts";
import { planDeployment } from "./plan-deployment.ts";
import type { DeploymentWants } from "./plan-deployment.ts";

const HEALTHY = `system=Linux
machine=x86_64
libc=glibc
systemd=yes
setpriv=yes
free=100000 4096
node=24.1.0 /usr/bin/node
`;
const WANTS: DeploymentWants = {
  action: "deploy",
  serverId: "01920000-0000-7000-8000-000000000001",
  programBytes: 500_000,
  runtime: { machine: "x86_64", libc: "glibc", bytes: 120_000_000 },
  hubUrl: "https://hub.example",
  serverHost: "10.0.0.5",
};
const plan = (text: string, wants: Partial<DeploymentWants> = {}) =>
  planDeployment(parseDeployFacts(text), { ...WANTS, ...wants });
const without = (name: string): string => HEALTHY.replace(new RegExp(`^${name}=.*\n`, "m"), "");
const has = (line: string): string => without(line.slice(0, line.indexOf("="))) + line;

describe("what a server says of itself", () => {
  test("is read line by line; what is no fact is left out", () => {
    const facts = parseDeployFacts(
      `hello\nsystem=Linux\nsystem=Other\nnode=20.1.0 /usr/bin/node\nnode=v24 /x\nnode=24.0.0 relative\nnode= /usr/bin/false\nnode=24.0.0 /a b\nnode=25.9.9 /opt/node-25/bin/node\nfree=10 4096\nstate=/var/lib/../etc\nuser=-x\n`,
    );
    expect(facts).toMatchObject({
      system: "Linux",
      freeBytes: 40_960,
      hasSystemd: false,
      nodes: [
        { path: "/usr/bin/node", major: 20 },
        { path: "/opt/node-25/bin/node", major: 25 },
      ],
      stateDirectory: undefined,
      user: undefined,
    });
  });

  test("never throws, and no answer makes a path that is not plain", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.tuple(fc.constantFrom("node", "state", "user", "free", "joined"), fc.string())),
        (noise, lines) => {
          const facts = parseDeployFacts(`${noise}\n${lines.map(([name, value]) => `${name}=${value}`).join("\n")}`);
          for (const { path } of facts.nodes) expect(path).toMatch(/^\/[A-Za-z0-9_@.+/-]+$/);
          expect(facts.stateDirectory ?? "/").toMatch(/^\/[A-Za-z0-9_@.+/-]*$/);
          planDeployment(facts, WANTS);
        },
      ),
    );
  });
});

describe("[DP2] whether a server can have an agent", () => {
  test("one that has all can, by the first Node that is new enough", () => {
    expect(plan(HEALTHY)).toEqual({ is: "possible", node: "/usr/bin/node" });
    expect(plan(`node=22.0.0 /opt/old/node\nnode=26.0.0 /opt/new/node\n${HEALTHY}`)).toEqual({
      is: "possible",
      node: "/opt/new/node",
    });
  });

  test("[DP3] one without a fit Node can where the hub's own fits and has room", () => {
    expect(plan(without("node"))).toEqual({ is: "possible", node: undefined });
    expect(plan(has("node=20.0.0 /usr/bin/node\n"))).toEqual({ is: "possible", node: undefined });
  });

  test.for([
    [has("system=FreeBSD\n"), {}, /Linux only.*FreeBSD/],
    ["", {}, /Linux only.*unknown/],
    [without("systemd"), {}, /systemd/],
    [without("setpriv"), {}, /util-linux/],
    [without("node").replace("x86_64", "aarch64"), {}, /has no Node\.js.*x86_64, not aarch64.*Install Node\.js 24/],
    [has("node=20.0.0 /n\n").replace("=glibc", "=musl"), {}, /has Node\.js 20.*glibc, not musl/],
    [without("node").replace("=glibc", "=$(id)"), {}, /not \?\?id\?/],
    [has("free=1000 4096\n"), {}, /needs 65 MB.*4 MB are free/],
    [without("node").replace("100000", "45000"), {}, /needs 185 MB.*184 MB are free/],
    [has(`joined=01920000-0000-7000-8000-00000000000f\n`), {}, /another server.*uninstall --purge/],
    [HEALTHY, { hubUrl: "http://127.0.0.1:8765" }, /cannot reach.*publicUrl/],
    [HEALTHY, { hubUrl: "https://localhost:8765" }, /cannot reach.*publicUrl/],
    [HEALTHY, { hubUrl: "http://hub.example" }, /https only/],
    [HEALTHY, { action: "upgrade" }, /no agent's unit/],
    [
      `${without("node")}unit=yes\n`,
      { action: "upgrade", runtime: { ...WANTS.runtime, machine: "aarch64" } },
      /Install Node/,
    ],
  ] as const)("is said with what to do: %#", ([text, wants, why]) => {
    expect(plan(text, wants)).toEqual({ is: "impossible", why: expect.stringMatching(why) });
  });

  test("what an earlier deployment of this server left is no hindrance, nor is a hub on the same machine", () => {
    expect(plan(`${HEALTHY}joined=${WANTS.serverId}\nunit=yes\n`).is).toBe("possible");
    expect(plan(HEALTHY, { hubUrl: "http://127.0.0.1:8765", serverHost: "localhost" }).is).toBe("possible");
  });

  test("[DP4] the way back is open also where somebody removed the agent by hand", () => {
    expect(plan(without("free"), { action: "uninstall" }).is).toBe("possible");
  });
});
