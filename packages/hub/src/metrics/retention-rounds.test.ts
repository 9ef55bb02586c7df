import { MusterError } from "@muster/core";
import { settle } from "@muster/testkit";
import { expect, test } from "vitest";
import type { Retention, RetentionOutcome } from "./metric-store.ts";
import { RetentionRounds } from "./retention-rounds.ts";

function bench() {
  const rounds: { readonly ages: Retention; readonly done: PromiseWithResolvers<RetentionOutcome> }[] = [];
  const ages = { samplesMs: 1, minutesMs: 1, hoursMs: 1 };
  const metrics = {
    retain(asked: Retention) {
      const done = Promise.withResolvers<RetentionOutcome>();
      rounds.push({ ages: { ...asked }, done });
      return done.promise;
    },
  };
  const end = (index: number): void => rounds[index]!.done.resolve({ droppedCount: 0, samplesSince: 0 });
  return { rounds, ages, end, retention: new RetentionRounds({ metrics, ages: () => ages }) };
}

test("rounds never overlap, and those asked for meanwhile become one with the newest settings", async () => {
  const { rounds, ages, end, retention } = bench();
  const first = retention.run();
  const later = [retention.run(), retention.run(), retention.run()];
  ages.samplesMs = 2;
  await settle();
  expect(rounds).toHaveLength(1);
  end(0);
  await first;
  await settle();
  expect(rounds.map((round) => round.ages.samplesMs)).toEqual([1, 2]);
  const last = retention.run();
  await settle();
  expect(rounds).toHaveLength(2);
  end(1);
  await Promise.all(later);
  await settle();
  expect(rounds).toHaveLength(3);
  end(2);
  await last;
});

test("a round that fails tells who asked for it, and does not hold up the next one", async () => {
  const { rounds, end, retention } = bench();
  const failing = retention.run();
  const next = retention.run();
  rounds[0]!.done.reject(new MusterError("STORAGE_FULL"));
  await expect(failing).rejects.toMatchObject({ code: "STORAGE_FULL" });
  await settle();
  end(1);
  await next;
});

test("closed, it begins no more rounds, and what the store refuses then is no failure", async () => {
  const { rounds, retention } = bench();
  const running = retention.run();
  const waiting = retention.run();
  retention.close();
  let hasEnded = false;
  const ended = retention.ended().then(() => (hasEnded = true));
  await settle();
  expect(hasEnded).toBe(false);
  rounds[0]!.done.reject(new MusterError("STARTING"));
  await Promise.all([running, waiting, ended, retention.run()]);
  expect(rounds).toHaveLength(1);
});
