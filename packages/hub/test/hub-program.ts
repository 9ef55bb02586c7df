import { runHub } from "../src/index.ts";

// A hub as its own process, for exit codes and signals.
process.exitCode = await runHub(process.argv.slice(2), process.env);
