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
