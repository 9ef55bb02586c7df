import { compactSpan, parseRuleScript, runRuleScript } from "@muster/core";
import type { RuleScript, SimulatedThing } from "@muster/core";
import { checkRule } from "@muster/protocol";
import { seededRandom } from "@muster/testkit";
import { expect, test } from "vitest";
import { alertWorld, listener } from "./alert-world.ts";

/** A rule of two levels under a script's clock of seconds, told to a webhook. */
const BASE = {
  ...{ step: "1s", notifiers: { ops: { severity: "info", repeat: "2m", edits: true } } },
  rules: [
    {
      name: "CPU",
      condition: {
        ...{ is: "metric", metric: "cpu_busy_ratio", clearAt: 0.7 },
        levels: [
          { severity: "warning", threshold: 0.8 },
          { severity: "critical", threshold: 0.95 },
        ],
      },
      ...{ for: "30s", clearFor: "1m" },
    },
  ],
};

const BEAT_SECONDS = 10;

/** Lets a script of seconds happen to a real hub, whose servers beat; each notice with the second in which it came. */
async function happen({ world: script }: RuleScript): Promise<readonly string[]> {
  await using world = await alertWorld();
  await using told = await listener();
  const [rule] = script.rules;
  const { id: _id, ...definition } = rule!;
  const [hearer] = script.hearers;
  await world.notifier(told, { severityLeast: "info", repeatMs: hearer!.hearing.repeatMs });
  await world.onlyRule(definition);
  const nameOf = ({ name }: SimulatedThing): string => name.split(":")[0]!;
  for (const thing of script.things) await world.server(nameOf(thing));
  // The world of the script begins with a beat.
  await world.pass(BEAT_SECONDS - ((world.hub.clock.now() / 1_000) % BEAT_SECONDS));
  const acts = [...script.acts];
  const lines: string[] = [];
  for (let step = 0; step < script.steps; step++) {
    for (const thing of script.things) {
      const look = thing.looks[Math.min(step, thing.looks.length - 1)];
      world.says(nameOf(thing), { cpu_percent: Number(look) * 100 });
    }
    while (acts[0] !== undefined && acts[0].at <= script.startAt + step * script.stepMs) {
      acts.shift();
      for (const { id } of await world.incidents("?state=open"))
        await world.admin.post(`/api/v1/incidents/${id}/acknowledge`, {});
    }
    const before = told.heard.length;
    await world.pass(1);
    for (const { kind, severity, wrongCount } of told.heard.slice(before))
      lines.push(
        `${compactSpan(step * script.stepMs)} ops ${kind} ${severity}${wrongCount > 1 ? ` (${wrongCount})` : ""}`,
      );
  }
  return lines;
}

/** What the hub tells of a script, and what the simulation does; in one second several incidents have no order. */
async function bothOf(given: object): Promise<readonly (readonly string[])[]> {
  const parsed = parseRuleScript({ ...BASE, ...given }, checkRule);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const simulated = runRuleScript(parsed.script).notices.map((line) => line.replace(" CPU", ""));
  return [(await happen(parsed.script)).toSorted(), simulated.toSorted()];
}

test.each([
  [
    "[AL4] [AL6] [AL7] worse, between, and over",
    {
      series: { "cpu_busy_ratio@a": "0.1 x30, 0.85 x80, 0.97 x80, 0.75 x80, 0.85 x20, 0.1 x120" },
    },
  ],
  [
    "[AL9] [AL19] several at once, and one that joins",
    {
      series: {
        "cpu_busy_ratio@a": "0.1 x30, 0.9 x200, 0.1 x120",
        "cpu_busy_ratio@b": "0.1 x30, 0.9 x150, 0.1 x170",
        "cpu_busy_ratio@c": "0.1 x60, 0.9 x150, 0.1 x140",
      },
    },
  ],
  [
    "[AL11] [AL12] [AL14] [AL17] a wave, reminders, and somebody who takes care",
    {
      series: { "cpu_busy_ratio@a": "0.1 x20, (0.9 x50, 0.1 x90) x4, 0.9 x300, 0.1 x300" },
      do: [{ at: "13m20s", do: "ack", by: "admin" }],
    },
  ],
])("[AL29] a real hub tells what the simulated one tells: %s", async (_title, given) => {
  const [happened, simulated] = await bothOf(given);
  expect(simulated!.length).toBeGreaterThan(2);
  expect(happened).toEqual(simulated);
});

test.each([1, 2, 3, 4, 5])("[AL29] and so it does of any noise (seed %d)", async (seed) => {
  const random = seededRandom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const noise = (): string =>
    Array.from({ length: 40 }, () => `${[0.1, 0.1, 0.75, 0.9, 0.97][below(5)]} x${10 * (1 + below(9))}`).join(", ");
  const series = Object.fromEntries(["a", "b", "c"].map((name) => [`cpu_busy_ratio@${name}`, noise()]));
  const [happened, simulated] = await bothOf({ series, length: "25m", do: [{ at: "10m5s", do: "ack", by: "admin" }] });
  expect(simulated!.length).toBeGreaterThan(0);
  expect(happened).toEqual(simulated);
});
