import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { readOwnedFile } from "../../policy/owned-file.ts";
import { parseStrictYaml } from "../../policy/strict-yaml.ts";
import { DefinitionsFileReader } from "./definitions-file.ts";

const uid = process.getuid?.() ?? 0;
const readerOf = (path: string) =>
  new DefinitionsFileReader(path, {
    readOwned: (asked, bytesMax) => readOwnedFile(asked, uid, bytesMax),
    parseYaml: parseStrictYaml,
  });
const API = "version: 1\nservices:\n  - { name: api, command: [/bin/sleep, 1000] }\n";

describe("the definitions file", () => {
  test("[SV20] of the documentation is right", async () => {
    const document = readFileSync(new URL("../../../../../docs/spec/supervisor.md", import.meta.url), "utf8");
    await using directory = await temporaryDirectory("definitions");
    const path = directory.file("services.yaml");
    writeFileSync(path, /```yaml\n(.*?)```/s.exec(document)?.[1] ?? "", { mode: 0o600 });
    const loaded = await readerOf(path).reload();
    expect(loaded).toMatchObject({
      is: "new",
      file: { services: { length: 3 }, match: { length: 1 }, checks: { length: 1 } },
    });
  });

  test("[SV24] is read again only when it changed, and one that is gone is told", async () => {
    await using directory = await temporaryDirectory("definitions");
    const path = directory.file("services.yaml");
    const reader = readerOf(path);
    expect(await reader.reload()).toMatchObject({ is: "new", file: { services: [] } });
    writeFileSync(path, API, { mode: 0o600 });
    expect(await reader.reload()).toMatchObject({ is: "new", file: { services: [{ definition: { name: "api" } }] } });
    expect(await reader.reload()).toEqual({ is: "same" });
    rmSync(path);
    expect(await reader.reload()).toMatchObject({ is: "bad" });
    expect(reader.problems[0]).toContain("is gone; what it defined stays in force");
  });

  test("[SV24] one that cannot even be looked at is bad, and is read when it can", async () => {
    await using directory = await temporaryDirectory("definitions");
    // A circle of links is closed to root as well.
    symlinkSync("closed", directory.file("closed"));
    const path = directory.file("closed", "services.yaml");
    const reader = readerOf(path);
    expect(await reader.reload()).toMatchObject({ is: "bad", problems: [expect.stringContaining("ELOOP")] });
    expect(await reader.reload()).toEqual({ is: "same" });
    rmSync(directory.file("closed"));
    mkdirSync(directory.file("closed"));
    writeFileSync(path, API, { mode: 0o600 });
    expect(await reader.reload()).toMatchObject({ is: "new" });
  });

  test("[SV24] is read again when what was wrong with its directory is put right", async () => {
    await using directory = await temporaryDirectory("definitions");
    const path = directory.file("services.yaml");
    writeFileSync(path, API, { mode: 0o600 });
    chmodSync(directory.path, 0o777);
    const reader = readerOf(path);
    expect(await reader.reload()).toMatchObject({ is: "bad", problems: [expect.stringContaining("make it 755")] });
    chmodSync(directory.path, 0o755);
    expect(await reader.reload()).toMatchObject({ is: "new" });
    expect(reader.problems).toEqual([]);
  });

  test.each([
    ["written by others", 0o622, API, "can be written by others"],
    ["with secrets that others can read", 0o644, API.replace("1000]", "1000], secrets: { A: b }"), "make it 600"],
    ["with an alias", 0o600, `${API}match: &a []\nchecks: *a\n`, "anchors are not allowed"],
    [
      "with a circle",
      0o600,
      `${API.replace("1000]", "1000], dependsOn: [b]")}  - { name: b, command: [/bin/true], dependsOn: [api] }\n`,
      "api → b → api",
    ],
    ["empty", 0o600, "", "the file is empty"],
  ])("[SV24] CM-15 %s is not used, and why is told", async (_what, mode, text, why) => {
    await using directory = await temporaryDirectory("definitions");
    const path = directory.file("services.yaml");
    writeFileSync(path, text);
    chmodSync(path, mode);
    const loaded = await readerOf(path).reload();
    expect(loaded.is === "bad" && loaded.problems.join("; ")).toContain(why);
  });
});
