import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Loads what every command loads, and prints which schemas came along. */
const LOADING = `
  import { registerHooks } from "node:module";
  const seen = [];
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      if (/\\/(?:zod|protocol)\\//.test(found.url)) seen.push(found.url);
      return found;
    },
  });
  await import(process.argv[1]);
  console.log(JSON.stringify(seen));
`;

test("no command waits for the schemas of the API that does not check anything by them", async () => {
  const program = fileURLToPath(new URL("../src/program.ts", import.meta.url));
  const argv = ["--input-type=module", "-e", LOADING, program];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  expect(JSON.parse(stdout)).toEqual([]);
});
