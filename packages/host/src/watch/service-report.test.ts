import { bareStatus, serviceKeyText } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { ServicesFrame, WireService } from "@muster/protocol";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { ServiceReport } from "./service-report.ts";
import type { ServiceListener } from "./service-watch.ts";

const serviceOf = (name: string, descriptionCharacters = 10): WireService => ({
  ...bareStatus({ driver: "systemd", name }),
  description: "d".repeat(descriptionCharacters),
  granted: [],
  isLogGranted: false,
  defined: null,
});

async function reported(services: readonly WireService[]) {
  const clock = new FakeClock();
  const ledger = { id: "ledger", newestSeq: 0, listen: () => () => undefined };
  const known = new Map(services.map((service) => [serviceKeyText(service), service]));
  const frames: ServicesFrame[] = [];
  let changed: ServiceListener = () => undefined;
  const report = new ServiceReport({
    ...{ clock, ledger, services: () => known, drivers: () => [] },
    read: () => Promise.resolve(),
    listen: (listener) => ((changed = listener), () => undefined),
    send: (frame) => void frames.push(frame),
  });
  await clock.advance(60_000);
  return {
    ...{ clock, known, frames },
    change: (...keys: readonly string[]) => changed(keys, "soon"),
    changeNow: (...keys: readonly string[]) => changed(keys, "now"),
    told: () => new Set(frames.flatMap(({ services }) => services.map(serviceKeyText))),
    [Symbol.dispose]: () => report.end(),
  };
}

test("[SW7] what does not fit into the frame of all services follows in others", async () => {
  const characters = Math.ceil((3 * AGENT_LIMITS.frameBytesMax) / 500);
  using at = await reported(Array.from({ length: 500 }, (_, index) => serviceOf(`s${index}.service`, characters)));
  expect(at.frames.map(({ whole }) => whole)).toEqual([true, ...at.frames.slice(1).map(() => false)]);
  for (const frame of at.frames)
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(AGENT_LIMITS.frameBytesMax);
  expect(at.told().size).toBe(500);
  const frames = at.frames.length;
  await at.clock.advance(60_000);
  expect(at.frames).toHaveLength(frames);
});

test("[SW7] a thousand services of a server are told, and of more of them one for each that goes", async () => {
  using at = await reported(Array.from({ length: 1_010 }, (_, index) => serviceOf(`s${index}.service`)));
  expect(at.told().size).toBe(1_000);
  expect(at.clock.pendingTimers).toBe(0);
  const [gone = ""] = at.told();
  at.known.delete(gone);
  at.change(gone);
  await at.clock.advance(60_000);
  expect(at.frames.flatMap(({ removed }) => removed)).toEqual([gone]);
  expect(at.told().size).toBe(1_001);
});

test("[SW19] what an action did is told at once, with what waited", async () => {
  using at = await reported([serviceOf("a.service"), serviceOf("b.service")]);
  at.change("systemd/b.service");
  at.known.delete("systemd/a.service");
  at.changeNow("systemd/a.service");
  expect(at.frames.at(-1)).toMatchObject({
    services: [{ name: "b.service" }],
    removed: ["systemd/a.service"],
  });
});
