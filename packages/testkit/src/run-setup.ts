import { temporaryDirectory } from "./temporary-directory.ts";

/** Once a run, before its first worker: a directory in which test files leave each other what they found out. */
export default async function setup(): Promise<() => Promise<void>> {
  const directory = await temporaryDirectory("run");
  process.env["MUSTER_TEST_RUN_DIRECTORY"] = directory.path;
  return async () => directory[Symbol.asyncDispose]();
}
