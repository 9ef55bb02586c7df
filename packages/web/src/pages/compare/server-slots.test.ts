import { expect, test } from "vitest";
import { formatSlots, idsOf, parseSlots, toggleServer } from "./server-slots.ts";

const id = (digit: number): string => `00000000-0000-4000-8000-00000000000${digit}`;

test("a server keeps its slot when another one is taken out, after a reload too", () => {
  let slots = parseSlots([id(1), id(2), id(3)].join(","));
  slots = toggleServer(slots, id(2));
  expect(formatSlots(slots)).toBe(`${id(1)},,${id(3)}`);
  slots = parseSlots(formatSlots(slots));
  expect(slots.indexOf(id(3))).toBe(2);
  slots = toggleServer(slots, id(4));
  expect(slots).toEqual([id(1), id(4), id(3)]);
});

test("nonsense and doubles are left out, and nothing left is no address", () => {
  expect(idsOf(parseSlots(`${id(1)},<script>,${id(1)}`))).toEqual([id(1)]);
  expect(formatSlots(toggleServer(parseSlots(id(1)), id(1)))).toBeUndefined();
  expect(idsOf(parseSlots(undefined))).toEqual([]);
});

test("the eleventh server does not come in", () => {
  const ten = Array.from({ length: 10 }, (_, digit) => id(digit));
  const other = id(0).replace("4000", "4001");
  expect(toggleServer(ten, other)).toEqual(ten);
  expect(parseSlots([...ten, other].join(","))).toEqual(ten);
});
