import { existsSync, statSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./temporary-directory.ts";

test("it is private, fresh, and gone with all it holds at the end of the block", async () => {
  let path: string;
  {
    await using directory = await temporaryDirectory("kit");
    await using other = await temporaryDirectory("kit");
    path = directory.path;
    expect(other.path).not.toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    writeFileSync(directory.file("a"), "1");
  }
  expect(existsSync(path)).toBe(false);
});
