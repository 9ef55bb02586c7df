import { writeFileSync } from "node:fs";
import { runProgram, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";

/** What bash offers after these words, by its own completion machinery. */
async function bashOffers(words: readonly string[]): Promise<string[]> {
  await using directory = await temporaryDirectory("completion");
  writeFileSync(directory.file("script"), (await commandLine(["completion", "bash"])).output);
  const program = [
    `source ${directory.file("script")}`,
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length - 1}`,
    "_muster",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const { stdout, stderr } = await runProgram(["bash", "-c", program.join("\n")]);
  expect(stderr).toBe("");
  return stdout.split("\n").filter(Boolean);
}

test("bash offers commands, their subcommands and their options", async () => {
  expect(await bashOffers(["muster", "s"])).toEqual(["status", "servers", "storage", "store", "simulate"]);
  expect(await bashOffers(["muster", "servers", "re"])).toEqual(["rename", "revoke"]);
  expect(await bashOffers(["muster", "servers", "delete", "web-1", "--y"])).toEqual(["--yes"]);
  expect(await bashOffers(["muster", "metrics", ""])).toEqual(["query", "export"]);
  expect(await bashOffers(["muster", "retention", "set", "--sam"])).toEqual(["--samples-days"]);
  expect(await bashOffers(["muster", "completion", ""])).toEqual(["bash", "zsh", "fish"]);
});

test("the scripts for zsh and fish name every command of the program", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { output } = await commandLine(["completion", shell]);
    for (const word of ["servers", "set-role", "join-token", "simulate", "trust-fingerprint"])
      expect(output).toContain(word);
  }
});
