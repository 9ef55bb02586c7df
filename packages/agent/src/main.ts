import { agentEntry, readStandardInput } from "./entry.ts";

const NODE_MAJOR_MIN = 24;

/** The agent as a program of its own. */
if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(`muster agent: needs Node.js ${NODE_MAJOR_MIN} or newer, this is ${process.versions.node}.\n`);
  process.exitCode = 69;
} else {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new Error("asked to stop"));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  const error = (text: string): void => void process.stderr.write(text);
  process.exitCode = await agentEntry(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    error,
    environment: process.env,
    readInput: () => readStandardInput(error),
    stopping: stopping.signal,
  });
}
