import { existsSync, writeFileSync } from "node:fs";
import { runProgram, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import { serverOf, serviceOf } from "./fleet.ts";
import { scriptedHub } from "./scripted-hub.ts";

/** What bash offers after these words, by its own completion machinery; `names` is what `muster names` says, of what it is asked. */
async function bashOffers(words: readonly string[], typed = "", names: readonly string[] = []): Promise<string[]> {
  await using directory = await temporaryDirectory("completion");
  writeFileSync(directory.file("names"), names.map((name) => `${name}\n`).join(""));
  writeFileSync(directory.file("script"), (await commandLine(["completion", "bash"])).output);
  const program = [
    `source ${directory.file("script")}`,
    `muster() { [[ $1 == names ]] && grep "^$2 " ${directory.file("names")} | cut -d' ' -f2-; }`,
    `COMP_LINE='${typed}'`,
    "COMP_POINT=${#COMP_LINE}",
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
  expect(await bashOffers(["muster", "sto"])).toEqual(["stop", "storage", "store"]);
  expect(await bashOffers(["muster", "servers", "re"])).toEqual(["refresh", "rename", "revoke"]);
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

const NAMES = ["services nginx.service", "services app@web-1", "services app@web-2", "servers web-1", "servers db-1"];

test("bash offers names that the hub knows, where services and servers are named", async () => {
  expect(await bashOffers(["muster", "restart", "ng"], "muster restart ng", NAMES)).toEqual(["nginx.service"]);
  expect(await bashOffers(["muster", "services", "show", ""], "muster services show ", NAMES)).toHaveLength(3);
  expect(await bashOffers(["muster", "reboot", "w"], "muster reboot w", NAMES)).toEqual(["web-1"]);
  expect(await bashOffers(["muster", "services", "--server", "d"], "muster services --server d", NAMES)).toEqual([
    "db-1",
  ]);
  // bash has made three words of it already, and puts in only what comes after the last @.
  expect(await bashOffers(["muster", "stop", "app", "@", "web"], "muster stop app@web", NAMES)).toEqual([
    "web-1",
    "web-2",
  ]);
});

test("a name from a server is never expanded by the shell that offers it", async () => {
  await using directory = await temporaryDirectory("completion");
  const canary = directory.file("canary");
  const evil = [`services x$(touch ${canary})`, `services x\`touch ${canary}\``, "services x*"];
  expect(await bashOffers(["muster", "restart", "x"], "muster restart x", evil)).toHaveLength(3);
  expect(existsSync(canary)).toBe(false);
});

test("names are those of the hub that mean one service, without what a shell could take for more than text", async () => {
  await using hub = await scriptedHub({
    "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1")] }),
    "GET /api/v1/services": () => ({
      items: [serviceOf(1, "a@web-1"), serviceOf(2, "b@web-1"), serviceOf(3, "b@web-2"), serviceOf(4, "$(x)@web-1")],
    }),
  });
  const env = { MUSTER_TOKEN: "msa1.test", MUSTER_URL: hub.url };
  expect((await commandLine(["names", "services"], { env })).output).toBe("a\nb@web-1\nb@web-2\n");
  expect((await commandLine(["names", "servers"], { env })).output).toBe("web-1\n");
  const signedOut = await commandLine(["names", "services"], { env: { MUSTER_URL: hub.url } });
  expect(signedOut).toMatchObject({ code: 0, output: "", errors: "" });
});
