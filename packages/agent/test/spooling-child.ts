import { silentLogger } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import { Spool } from "../src/spool/spool.ts";

/** Spools for ever and says each number once it is durable; the test kills it. */
const spool = new Spool(
  { directory: process.argv[2]!, bytesMax: 1e9, segmentBytesMax: 4_000 },
  { clock: systemClock, log: silentLogger },
);
for (let seq = 1; ; seq++) {
  spool.append([{ seq, define: '[{"metric":"a"}]', rows: `[[${seq},1]]`, at: systemClock.now(), samples: 1 }]);
  process.stdout.write(`${seq}\n`);
  // The pipe is emptied between two turns.
  if (seq % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
}
