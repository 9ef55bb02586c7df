import { supervise } from "./supervision-fixture.ts";

/** Supervises until it is killed, and says each line of the ledger. */
const [stateDirectory = "", definitionsPath = ""] = process.argv.slice(2);
const { supervisor, notes } = await supervise(stateDirectory, definitionsPath, { atEnd: "leave" });
let said = 0;
const say = (): void => {
  for (; said < notes.length; said++) process.stdout.write(`${JSON.stringify(notes[said])}\n`);
};
supervisor.watch(say, new AbortController().signal);
say();
process.stdout.write("started\n");
// Nothing else may keep it alive when it has no children.
setInterval(say, 1_000);
