import { expect, test } from "vitest";
import { IncidentNews } from "./desktop-notices.ts";
import { testIncident } from "./test-incident.ts";

const disk = testIncident({ title: "disk" });
const cpu = testIncident({ title: "cpu", severity: "critical" });
const titles = (incidents: readonly { readonly title: string }[]) => incidents.map(({ title }) => title);

test("[UI49] what is there at the start is no news, and coming whole once more makes none", () => {
  const news = new IncidentNews();
  expect(news.take([disk], 0)).toEqual([]);
  expect(titles(news.take([disk, cpu], 0))).toEqual(["cpu"]);
  expect(news.take([disk, cpu], 0)).toEqual([]);
});

test("[UI49] opened again and worse are news; better and then as bad as it was told is none", () => {
  const news = new IncidentNews();
  news.take([disk], 0);
  expect(titles(news.take([{ ...disk, severity: "error" }], 0))).toEqual(["disk"]);
  expect(news.take([disk], 0)).toEqual([]);
  expect(news.take([{ ...disk, severity: "error" }], 0)).toEqual([]);
  expect(titles(news.take([{ ...disk, reopened: 1 }], 0))).toEqual(["disk"]);
  // Resolved, then opened again within the window: it is the same one, one opening further.
  expect(news.take([], 0)).toEqual([]);
  expect(titles(news.take([{ ...disk, reopened: 2 }], 0))).toEqual(["disk"]);
});

test("[UI49] nobody is told of what somebody has, or put off; what is silenced is told when the silence is over", () => {
  const news = new IncidentNews();
  news.take([], 0);
  expect(news.take([{ ...disk, acknowledged: { by: "olga", at: 0 } }], 0)).toEqual([]);
  expect(news.take([disk, { ...cpu, snoozedUntil: 10 }], 5)).toEqual([]);
  const held = testIncident({ title: "held", isHeld: true });
  expect(news.take([held], 0)).toEqual([]);
  expect(titles(news.take([{ ...held, isHeld: false }], 0))).toEqual(["held"]);
});

test("[UI49] the worst comes first", () => {
  const news = new IncidentNews();
  news.take([], 0);
  expect(titles(news.take([disk, cpu], 0))).toEqual(["cpu", "disk"]);
});
