import { MusterError } from "@muster/core";
import type { ImportPlan } from "@muster/core";
import { expect, test } from "vitest";
import { applyPlan } from "./apply-plan.ts";
import type { Applied, ApplyOptions, ImportCalls, NewServer } from "./apply-plan.ts";

/** Calls that record what they are asked; `answer` decides by what was asked. */
function recorder(answer: (name: string) => void = () => {}) {
  const asked: unknown[] = [];
  const calls: ImportCalls = {
    async createServer(body: NewServer) {
      answer(body.name);
      asked.push(body);
      return { id: `id-of-${body.name}` };
    },
    async setDefinition(name, fields) {
      answer(name);
      asked.push({ name, fields });
      return { outcome: name === "bad" ? "refused" : "succeeded", detail: "words" };
    },
    async keepSamples(days) {
      asked.push({ days });
      return { changed: true, detail: "kept" };
    },
  };
  return { asked, calls };
}

const PI: ImportPlan["servers"][number] = {
  name: "pi",
  tags: [],
  notes: "",
  link: { kind: "pull", adapter: "virgilio", url: "http://pi:9000" },
  secret: "s",
};
const PLAN: ImportPlan = {
  servers: [
    { name: "bastion", tags: [], notes: "", link: { kind: "ssh", host: "b", port: 22, user: "u" } },
    { name: "db", tags: ["t"], notes: "n", link: { kind: "ssh", host: "d", port: 23, user: "u", via: "bastion" } },
    PI,
    { name: "node", tags: [], notes: "", link: { kind: "push" } },
  ],
  definitions: [
    { name: "good", fields: { driver: "process", name: "good", command: ["/x"] } },
    { name: "bad", fields: { driver: "tmux", name: "bad", command: ["/x"] } },
  ],
  settings: { samplesDays: 30 },
  ignored: [],
  problems: [],
};
const OPTIONS: ApplyOptions = {
  ssh: { authentication: "key", keyId: "k" },
  present: new Map(),
  signal: new AbortController().signal,
};

test("a plan is asked of the hub in order, with ids in place of names and the secret in the body", async () => {
  const { asked, calls } = recorder();
  const done: Applied[] = [];
  await applyPlan(PLAN, calls, OPTIONS, done);
  const ssh = { kind: "ssh", user: "u", authentication: "key", keyId: "k" };
  expect(asked).toEqual([
    { name: "bastion", tags: [], notes: "", link: { ...ssh, host: "b", port: 22 } },
    { name: "db", tags: ["t"], notes: "n", link: { ...ssh, host: "d", port: 23, via: "id-of-bastion" } },
    PI,
    { name: "node", tags: [], notes: "", link: { kind: "push" } },
    { name: "good", fields: { driver: "process", name: "good", command: ["/x"] } },
    { name: "bad", fields: { driver: "tmux", name: "bad", command: ["/x"] } },
    { days: 30 },
  ]);
  expect(done.map(({ name, outcome, detail }) => [name, outcome, detail]).slice(4)).toEqual([
    ["good", "made", "words"],
    ["bad", "failed", "refused: words"],
    ["samplesDays", "made", "kept"],
  ]);
});

test("a server that is there stays as it is, and others are reached over it", async () => {
  const { asked, calls } = recorder();
  const done: Applied[] = [];
  await applyPlan(PLAN, calls, { ...OPTIONS, present: new Map([["bastion", "old"]]) }, done);
  expect(done[0]).toMatchObject({ name: "bastion", outcome: "kept" });
  expect(asked[0]).toMatchObject({ name: "db", link: { via: "old" } });
});

test("one that is refused lets the others go on, but not those behind it", async () => {
  const { asked, calls } = recorder((name) => {
    if (name === "bastion")
      throw new MusterError("BAD_REQUEST", { message: "No.", fields: { "link.host": "is wrong" } });
  });
  const done: Applied[] = [];
  await applyPlan(PLAN, calls, OPTIONS, done);
  expect(done.slice(0, 3)).toMatchObject([
    { name: "bastion", outcome: "failed", detail: "No. link.host: is wrong" },
    { name: "db", outcome: "failed", detail: "bastion, over which it is reached, is not there" },
    { name: "pi", outcome: "made" },
  ]);
  expect(asked).toHaveLength(5);
});

test("a refusal of everything ends it, and the same import goes on there without asking twice", async () => {
  let refuses = true;
  const { asked, calls } = recorder((name) => {
    if (name === "db" && refuses) throw new MusterError("STEP_UP_NEEDED");
  });
  const done: Applied[] = [];
  await expect(applyPlan(PLAN, calls, OPTIONS, done)).rejects.toMatchObject({ code: "STEP_UP_NEEDED" });
  expect(done.map(({ name }) => name)).toEqual(["bastion"]);
  refuses = false;
  await applyPlan(PLAN, calls, OPTIONS, done);
  expect(asked.slice(0, 2)).toMatchObject([{ name: "bastion" }, { name: "db", link: { via: "id-of-bastion" } }]);
  expect(asked).toHaveLength(7);
});

test("Ctrl-C ends it between two entries", async () => {
  const stop = new AbortController();
  const { asked, calls } = recorder((name) => {
    if (name === "db") stop.abort();
  });
  await applyPlan(PLAN, calls, { ...OPTIONS, signal: stop.signal }, []);
  expect(asked).toHaveLength(2);
});
