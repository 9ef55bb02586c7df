import { silentLogger } from "@muster/core";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { Sequence } from "../spool/sequence.ts";
import { Spool } from "../spool/spool.ts";
import { Outbox } from "./outbox.ts";

interface Sent {
  readonly seq: number;
  readonly quiet?: boolean;
}

const round = (at: number) => ({ define: '[{"metric":"m"}]', rows: `[[${at},1]]`, at, samples: 1 });

test("[PR33] an acknowledgement is asked for with the eighth live batch, or when the oldest waited 18 s", async () => {
  await using directory = await temporaryDirectory();
  const clock = new FakeClock();
  const outbox = new Outbox({
    clock,
    sequence: new Sequence(directory.file("sequence"), 0),
    spool: new Spool({ directory: directory.file("spool"), bytesMax: 1e9 }, { clock, log: silentLogger }),
  });
  const sent: Sent[] = [];
  outbox.begin(
    { send: (text) => void sent.push(JSON.parse(text as string) as Sent), waitingBytes: 0, renew: () => undefined },
    [],
  );
  const takeRounds = async (count: number, everyMs: number): Promise<readonly boolean[]> => {
    const from = sent.length;
    for (let index = 0; index < count; index++) {
      outbox.take(round(clock.now()));
      await clock.advance(everyMs);
    }
    return sent.slice(from).map(({ quiet }) => quiet === true);
  };
  expect(await takeRounds(8, 1_000)).toEqual([true, true, true, true, true, true, true, false]);
  outbox.acknowledge([[sent[0]!.seq, sent.at(-1)!.seq]]);
  expect(await takeRounds(5, 5_000)).toEqual([true, true, true, true, false]);
  // Not answered yet: every further one asks again.
  expect(await takeRounds(2, 5_000)).toEqual([false, false]);
  outbox.acknowledge([[sent[0]!.seq, sent.at(-1)!.seq]]);
  expect(await takeRounds(1, 5_000)).toEqual([true]);
  outbox.end();
});
