import { expect, test } from "vitest";
import { sequenceView } from "./restored-agent.ts";

test("an agent that knows of all that is stored is told exactly that", () => {
  const stored = [
    [0, 10],
    [12, 20],
  ] as const;
  for (const lastSeq of [20, 21, 1_000]) {
    expect(sequenceView(stored, { lastSeq, spoolHead: 11 })).toEqual({ received: stored, used: [], doubtful: [] });
  }
  expect(sequenceView([], { lastSeq: 0, spoolHead: 0 })).toEqual({ received: [], used: [], doubtful: [] });
});

test("R5 of a restored agent, numbers above its last are used and those in its spool are in doubt", () => {
  expect(
    sequenceView(
      [
        [0, 10],
        [12, 20],
      ],
      { lastSeq: 15, spoolHead: 8 },
    ),
  ).toEqual({
    received: [
      [0, 7],
      [16, 20],
    ],
    used: [[16, 20]],
    doubtful: [
      [8, 10],
      [12, 15],
    ],
  });
});

test("R5 an agent that lost everything is told to go on above what is stored", () => {
  expect(sequenceView([[1, 20]], { lastSeq: 0, spoolHead: 0 })).toEqual({
    received: [[1, 20]],
    used: [[1, 20]],
    doubtful: [],
  });
  expect(sequenceView([[1, 20]], { lastSeq: 0, spoolHead: 1 })).toEqual({
    received: [[1, 20]],
    used: [[1, 20]],
    doubtful: [],
  });
});
