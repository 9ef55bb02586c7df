#!/usr/bin/env node
// Nothing is imported before this check: an old Node would fail on a module it does not have, with a stack instead of a sentence.
const NODE_MAJOR_MIN = 24;
// ERRORS.NODE_TOO_OLD.exit in core's catalogue; a test compares them.
const NODE_TOO_OLD_EXIT = 69;

if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `muster: Node.js ${NODE_MAJOR_MIN} or newer is needed, this is ${process.versions.node}. Install it from nodejs.org or your distribution, or start muster with a newer node by its full path.\n`,
  );
  process.exitCode = NODE_TOO_OLD_EXIT;
} else {
  void import("./process-main.ts").then(({ main }) => main());
}

export {};
