import type { LogItemView } from "@muster/protocol";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import type { LogListener } from "../live/log-streams.ts";
import { LogBuffer } from "./log-buffer.ts";
import { LogSession } from "./log-session.ts";
import { splitFound } from "./split-found.ts";

const line = (cursor: string, source = 0): LogItemView => ({
  at: 1,
  cursor,
  level: 6,
  text: cursor,
  stream: null,
  source,
});
const NO_CHOICE = { search: undefined, level: undefined, span: undefined };

function open() {
  const clock = new FakeClock();
  const asked: number[] = [];
  let listener: LogListener | undefined;
  const live = {
    openLogs(one: LogListener) {
      listener = one;
      return { more: (items: number) => void asked.push(items), close: () => undefined };
    },
  };
  const session = new LogSession(
    [
      { is: "service", id: "a" },
      { is: "file", serverId: "s", path: "/f" },
    ],
    NO_CHOICE,
    { live, clock },
  );
  session.start();
  return { clock, asked, session, hub: listener! };
}

test("[UI13] opened anew it goes on after the last line of each source, and asks for the newest only at first", () => {
  const { hub } = open();
  expect(hub.request()).toEqual({
    sources: [{ service: "a" }, { server: "s", file: "/f" }],
    lines: 1_000,
    follow: true,
  });
  hub.onItems([line("a1"), line("f1", 1), line("a2")]);
  expect(hub.request()).toMatchObject({
    sources: [
      { service: "a", after: "a2" },
      { server: "s", file: "/f", after: "f1" },
    ],
  });
});

test("lines are shown together after a moment, and as many are asked for as came", async () => {
  const { clock, asked, session, hub } = open();
  hub.onItems([line("a1"), line("a2")]);
  hub.onItems([line("a3")]);
  expect(session.view.get().items).toHaveLength(0);
  await clock.advance(200);
  expect(session.view.get()).toMatchObject({ state: "live", items: [{ seq: 0 }, { seq: 1 }, { seq: 2 }] });
  expect(asked).toEqual([2, 1]);
});

test("[UI14] paused, lines wait unshown and nothing is asked for; going on shows them in order", async () => {
  const { clock, asked, session, hub } = open();
  session.setMode("paused");
  hub.onItems([line("a1"), line("a2")]);
  await clock.advance(200);
  expect(session.view.get()).toMatchObject({ waiting: 2, items: [] });
  expect(asked).toEqual([]);
  session.setMode("following");
  expect(session.view.get().items.map(({ item }) => "text" in item && item.text)).toEqual(["a1", "a2"]);
  expect(asked).toEqual([2]);
});

test("[UI14] beyond what is held nothing is kept, not even from connections anew: it is counted, and as much is asked for as the hub takes", () => {
  const { asked, session, hub } = open();
  const many = (count: number): LogItemView[] => Array.from({ length: count }, (_one, index) => line(`a${index}`));
  hub.onItems([line("before")]);
  session.setMode("paused");
  expect(session.view.get()).toMatchObject({ waiting: 0, items: [{ item: { text: "before" } }] });
  for (let connection = 0; connection < 3; connection++) {
    hub.onOpened();
    hub.onItems(many(4_000));
    hub.onItems([{ gap: { dropped: 50, why: "this page did not keep up" }, source: 1 }]);
  }
  expect(session.view.get()).toMatchObject({ waiting: 5_000, items: { length: 1 } });
  session.setMode("following");
  const { items, waiting } = session.view.get();
  expect(waiting).toBe(0);
  expect(items).toHaveLength(5_003);
  expect(items.slice(-2).map(({ item }) => item)).toEqual([
    { gap: { dropped: 7_001, why: "this page was paused" }, source: 0 },
    { gap: { dropped: 100, why: "this page was paused" }, source: 1 },
  ]);
  expect(asked.every((count) => count <= 10_000)).toBe(true);
  expect(asked.slice(1)).toEqual([5_000]);
});

test("[UI15] what waits for a picture is bounded too, while a page in the background draws none", () => {
  const { session, hub } = open();
  for (let message = 0; message < 10; message++) hub.onItems(Array.from({ length: 500 }, () => line("a")));
  expect(session.view.get().items).toHaveLength(5_000);
});

test("a log that ended is live again when it is opened anew and lines come", async () => {
  const { clock, session, hub } = open();
  hub.onEnd(null, "the hub is stopping");
  expect(session.view.get().state).toBe("ended");
  hub.onOpened();
  expect(session.view.get().state).toBe("opening");
  hub.onItems([line("a1")]);
  await clock.advance(200);
  expect(session.view.get().state).toBe("live");
});

test("a source that ended is told until it is opened anew", () => {
  const { session, hub } = open();
  hub.onEnd(1, "the file is gone");
  expect([...session.view.get().faults]).toEqual([[1, "the file is gone"]]);
  hub.onOpened();
  expect(session.view.get().faults.size).toBe(0);
  hub.onEnd(null, "");
  expect(session.view.get().state).toBe("ended");
});

test("[UI15] the buffer is bounded: the oldest go in one cut, counted, and numbers are never used again", () => {
  const buffer = new LogBuffer(10, 4);
  for (let index = 0; index < 25; index++) buffer.append([line(String(index))]);
  expect(buffer.items.length).toBeLessThanOrEqual(10);
  expect(buffer.items.at(-1)?.seq).toBe(24);
  expect(buffer.cutCount).toBe(25 - buffer.items.length);
  buffer.append(Array.from({ length: 40 }, (_one, index) => line(`more ${index}`)));
  expect(buffer.items).toHaveLength(10);
  expect(buffer.items[0]?.seq).toBe(55);
});

test("[UI17] what was searched is found whatever its case, and never taken for an expression", () => {
  expect(splitFound("a.B a-b A.b", "a.b").map(({ is, text }) => `${is}:${text}`)).toEqual([
    "found:a.B",
    "rest: a-b ",
    "found:A.b",
  ]);
  expect(splitFound("İx", "x")).toEqual([{ is: "rest", text: "İx" }]);
});
