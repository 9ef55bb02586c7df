import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { needs, startProgram, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { statePaths } from "../src/config.ts";

const describeRoot = await needs("root");

const MODULE = fileURLToPath(new URL("../src/identity/hold-state.ts", import.meta.url));
const SCRIPT = `import { holdState } from ${JSON.stringify(MODULE)};
holdState(process.argv[1]);
console.log("held");
setInterval(() => {}, 1_000);`;
const HOLDING = [process.execPath, "--input-type=module", "-e", SCRIPT] as const;

/** A user who is shown the processes of no other. */
const STRANGER_UID = 65_534;

/** Another process that tries to, of a user to whom /proc does not show those of others. Needs root. */
const holdUnseeing = (directory: string) =>
  startProgram([
    ...["unshare", "--mount", "--propagation", "private", "--", "sh", "-c"],
    ...['mount -t proc -o hidepid=2 proc /proc && exec setpriv "$@"', "sh"],
    ...[`--reuid=${STRANGER_UID}`, `--regid=${STRANGER_UID}`, "--clear-groups", "--", ...HOLDING, directory],
  ]);

describeRoot("a hold that /proc does not show", () => {
  test("one whose process /proc hides is refused while it lives, and is in nobody's way after it or after the boot", async () => {
    await using directory = await temporaryDirectory("hold");
    chownSync(directory.path, STRANGER_UID, STRANGER_UID);
    const { holder } = statePaths(directory.path);
    await using other = await startProgram([...HOLDING, directory.path]);
    await other.says(/held/);
    const held = readFileSync(holder, "utf8");
    {
      await using unseeing = await holdUnseeing(directory.path);
      await unseeing.exited;
      expect(unseeing.stderr).toContain(`runs already, as process ${other.pid}.`);
    }
    expect(readFileSync(holder, "utf8")).toBe(held);
    writeFileSync(holder, JSON.stringify({ ...(JSON.parse(held) as object), bootId: "another" }));
    {
      await using unseeing = await holdUnseeing(directory.path);
      await unseeing.says(/held/);
    }
    writeFileSync(holder, held);
    await other.stop("SIGKILL");
    await using unseeing = await holdUnseeing(directory.path);
    await unseeing.says(/held/);
  }, 60_000);
});
