import { HOUR_MS } from "@muster/core";
import { expect, test } from "vitest";
import { toLocalInput } from "../charts/local-input.ts";
import { meantBy, newSilenceDraft, parseSilence } from "./silence-draft.ts";
import { testIncident } from "./test-incident.ts";

const NOW = new Date(2026, 5, 1, 12).getTime();
const draft = { ...newSilenceDraft({ serverIds: ["s"] }, NOW), reason: " rack move " };

test("from now for an hour, by what it began with", () => {
  expect(parseSilence(draft, NOW)).toEqual({
    ok: true,
    body: {
      matcher: { serverIds: ["s"], ruleIds: [], probeIds: [], tags: [], services: [], severityMost: null },
      reason: "rack move",
      until: NOW + HOUR_MS,
    },
  });
});

test("a maintenance that is planned says when it begins and ends", () => {
  const planned = { ...draft, begins: "later" as const, from: toLocalInput(NOW + HOUR_MS), length: 4 * HOUR_MS };
  expect(parseSilence(planned, NOW)).toMatchObject({ body: { from: NOW + HOUR_MS, until: NOW + 5 * HOUR_MS } });
  const texts = { ...draft, tags: "prod, eu", services: "shop-*\n\n nginx ", severityMost: "error" as const };
  expect(parseSilence(texts, NOW)).toMatchObject({
    body: { matcher: { tags: ["prod", "eu"], services: ["shop-*", "nginx"], severityMost: "error" } },
  });
});

test("[UI48] without anything that is meant, a reason, or an end after the beginning nothing is asked for", () => {
  const problemsOf = (parts: Partial<typeof draft>) => {
    const parsed = parseSilence({ ...draft, ...parts }, NOW);
    return parsed.ok ? {} : parsed.problems;
  };
  expect(problemsOf({ serverIds: [], reason: " " })).toEqual({ matcher: "nothingMeant", reason: "needed" });
  expect(problemsOf({ length: "custom", until: toLocalInput(NOW - HOUR_MS) })).toEqual({ until: "past" });
  expect(problemsOf({ length: "custom", until: "" })).toEqual({ until: "needed" });
  expect(
    problemsOf({
      begins: "later",
      from: toLocalInput(NOW + 2 * HOUR_MS),
      length: "custom",
      until: toLocalInput(NOW + HOUR_MS),
    }),
  ).toEqual({ until: "order" });
  expect(problemsOf({ begins: "later", from: "" })).toHaveProperty("from", "needed");
});

test("what silences incidents names their rules, and servers or probes only where each has some", () => {
  const web = testIncident({ title: "a", ruleId: "r1", servers: [{ id: "s", name: "web-1" }], probeIds: ["p"] });
  const hub = testIncident({ title: "b", ruleId: "r2" });
  const probe = testIncident({ title: "c", ruleId: "r1", probeIds: ["p"] });
  expect(meantBy([web])).toEqual({ ruleIds: ["r1"], serverIds: ["s"], probeIds: [] });
  expect(meantBy([web, hub])).toEqual({ ruleIds: ["r1", "r2"], serverIds: [], probeIds: [] });
  expect(meantBy([probe, web])).toEqual({ ruleIds: ["r1"], serverIds: [], probeIds: ["p"] });
});
