import { argFits, readArg } from "@muster/core";
import type { Server } from "../../fleet/fleet-view.ts";

export type NamedCommand = NonNullable<NonNullable<Server["policy"]>["commands"]>[number];
type Values = Readonly<Record<string, string>>;

/** What the form of a command begins with: the first choice, the least number. */
export const firstValues = ({ args }: NamedCommand): Values =>
  Object.fromEntries(args.map((arg) => [arg.name, arg.type === "choice" ? (arg.values[0] ?? "") : String(arg.min)]));

/** Names of arguments that the server's policy would not take. */
export function commandFaults({ args }: NamedCommand, values: Values): ReadonlySet<string> {
  const wrong = args.filter((arg) => !argFits(arg, readArg(arg, values[arg.name] ?? "")));
  return new Set(wrong.map(({ name }) => name));
}

/** As the action carries them: numbers as numbers. */
export const commandArgs = (command: NamedCommand, values: Values): Record<string, string | number> => ({
  ...Object.fromEntries(command.args.map((arg) => [arg.name, readArg(arg, values[arg.name] ?? "") ?? ""])),
  command: command.name,
});
