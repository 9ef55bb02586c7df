import { startProgram, temporaryDirectory } from "@muster/testkit";
import { bundleProgram } from "./bundle-program.ts";
import { MemoryWatch } from "./memory-watch.ts";
import type { DataSet } from "./fleet.ts";
import type { MusterAnswer, MusterTask } from "./muster-program.ts";
import type { MemoryPeak, StoreFigures } from "./store-figures.ts";

/** Runs a program of this folder, bundled, with what it is told, and watches its memory until it has answered. */
export async function runWatched<Task, Answer>(
  name: string,
  task: Task,
): Promise<{ readonly answer: Answer; readonly memory: MemoryPeak }> {
  await using program = await startProgram([process.execPath, await bundleProgram(name), JSON.stringify(task)]);
  const watch = new MemoryWatch(program.pid);
  const { code } = await program.exited;
  const memory = watch.stop();
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${program.stderr}`);
  return { answer: JSON.parse(program.stdout) as Answer, memory };
}

/** Muster's store with the samples of a file: once as durable frames only, once with all that the hub does to them. */
export async function measureMuster(set: DataSet, sampleFile: string): Promise<StoreFigures> {
  await using directory = await temporaryDirectory("bench-muster");
  const run = async (sealing: MusterTask["sealing"]) =>
    runWatched<MusterTask, MusterAnswer>("muster-program", {
      path: directory.file(sealing),
      sampleFile,
      set,
      sealing,
    });
  const appended = await run("none");
  const { answer, memory } = await run("each-minute");
  return { ...answer, appendCpuPerMillion: appended.answer.cpuPerMillion, memory };
}
