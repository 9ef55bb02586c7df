import { writeSync } from "node:fs";
import { join } from "node:path";
import { isMusterError } from "@muster/core";
import { CommandWorld } from "./command-world.ts";

// Asks for three actions on a server that is connected, and tells of each command that leaves in the moment it does.
const path = process.argv[2]!;
const world = await CommandWorld.open(["alpha"], {
  path,
  file: (...names) => join(path, ...names),
  [Symbol.asyncDispose]: () => Promise.resolve(),
});
writeSync(1, "open\n");
const alpha = world.serverIds["alpha"]!;
world.links.onDeliver = ({ core, auditSeq }) => void writeSync(1, `sent ${core.cmd} ${auditSeq}\n`);
world.links.connect(alpha);
for (let count = 0; count < 3; count++) {
  try {
    await world.ask(world.session("operator"), "agent.ping", { servers: [alpha] });
    await world.rest();
  } catch (error) {
    writeSync(1, `failed ${isMusterError(error) ? error.code : String(error)}\n`);
  }
}
process.exit(0);
