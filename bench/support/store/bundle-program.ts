import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Optional native parts of packages, as the build leaves them out (scripts/build.mjs); no store asks for them. */
const NATIVE = ["bufferutil", "utf-8-validate", "cpu-features", /\/sshcrypto\.node$/];
/** As deep as the sources are, so that fixtures have the same relative address from both. */
const OUTPUT = join(root, "dist/bench/store");

/**
 * Makes one file of a program of this folder, and of the hub's threads beside it, and answers its path: Node's stripping
 * of types would cost each of three threads some 10 MB that users do not pay.
 */
export async function bundleProgram(name: string): Promise<string> {
  const workers = globSync("packages/hub/src/**/*-worker.ts", { cwd: root });
  for (const source of [`bench/support/store/${name}.ts`, ...workers]) {
    const build = await rolldown({
      input: join(root, source),
      cwd: root,
      platform: "node",
      external: NATIVE,
      logLevel: "silent",
    });
    const file = join(OUTPUT, `${basename(source, ".ts")}.mjs`);
    await build.write({ file, codeSplitting: false });
    await build.close();
  }
  return join(OUTPUT, `${name}.mjs`);
}
