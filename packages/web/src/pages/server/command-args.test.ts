import { expect, test } from "vitest";
import { commandArgs, commandFaults, firstValues } from "./command-args.ts";
import type { NamedCommand } from "./command-args.ts";

const command: NamedCommand = {
  name: "rotate",
  args: [
    { name: "days", type: "int", min: 1, max: 90 },
    { name: "kind", type: "choice", values: ["app", "web"] },
  ],
};

test("a form begins with values that its command takes, and numbers travel as numbers", () => {
  const values = firstValues(command);
  expect(commandFaults(command, values).size).toBe(0);
  expect(commandArgs(command, values)).toEqual({ command: "rotate", days: 1, kind: "app" });
});

test.each(["0", "91", "1.5", "", "x", "1e1", "9".repeat(30)])("[UI7] %j is no number of days", (days) => {
  expect([...commandFaults(command, { days, kind: "app" })]).toEqual(["days"]);
});

test("[UI7] an argument that is called command does not take the place of the command's name", () => {
  const sly: NamedCommand = { name: "rotate", args: [{ name: "command", type: "choice", values: ["other"] }] };
  expect(commandArgs(sly, { command: "other" })).toEqual({ command: "rotate" });
});
