import { expect, test } from "vitest";
import { Mortal } from "./mortal.ts";
import { TaskWorld } from "./task-world.ts";

/** One slot of a task that asks two servers, with the hub killed at a step; how it stands when the next hub has had its time. */
async function killedAt(step: number): Promise<{ readonly steps: number; readonly story: string }> {
  await using world = await TaskWorld.open();
  const { commands } = world;
  const connect = (): void => ["alpha", "beta"].forEach((name) => commands.links.connect(commands.serverIds[name]!));
  const at = commands.clock.now() + 5_000;
  const { id } = await world.add({ work: world.ping("alpha", "beta"), schedule: { is: "once", at }, missed: "once" });
  await world.desk.stop();

  const mortal = new Mortal(step, () => undefined);
  await commands.start(mortal.between);
  connect();
  const dying = await world.start("hub-1", mortal.between);
  for (let second = 0; second < 12; second++) {
    await commands.clock.advance(1_000);
    if (!mortal.isDead) commands.outbox.tick();
    // It may never come back.
    if (!mortal.isDead) void dying.tick();
    await commands.rest();
    if (second === 8 && !mortal.isDead) await Promise.race([world.answer(), commands.rest()]);
  }
  const { steps } = mortal;
  mortal.kill();

  await commands.start();
  connect();
  await world.start("hub-2");
  for (let second = 0; second < 20; second++) {
    await world.pass(1);
    await world.answer();
  }
  const runs = await world.runs();
  const commandIds = new Set(commands.links.delivered.map(({ core }) => core.cmd));
  const story = `${runs.map(({ outcome, state }) => outcome ?? state).join()} ${commandIds.size} commands, last ${world.desk.view(id).lastRun?.outcome}`;
  return { steps, story };
}

test(
  "[TK20] killed between any two steps, a slot has one run, each server one command, and the run its outcome",
  { timeout: 120_000 },
  async () => {
    const { steps, story } = await killedAt(Number.POSITIVE_INFINITY);
    expect(story).toBe("succeeded 2 commands, last succeeded");
    expect(steps).toBeGreaterThan(20);
    for (let step = 1; step <= steps; step++)
      expect((await killedAt(step)).story, `killed at step ${step} of ${steps}`).toBe(story);
  },
);
