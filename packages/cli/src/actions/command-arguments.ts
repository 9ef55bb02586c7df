import { argFits, MusterError, readArg } from "@muster/core";
import type { resources } from "@muster/protocol";

/**
 * `NAME=VALUE` operands as the named command's policy entry wants them: whole numbers where it declares them, else text.
 * Throws NOT_FOUND for a command that the policy does not name, and BAD_REQUEST naming each wrong argument. Where the
 * server does not tell its commands, numbers are what looks like them, and its policy decides.
 */
export function commandArguments(
  { name: server, policy }: Pick<resources.Server, "name" | "policy">,
  command: string,
  operands: readonly string[],
): Readonly<Record<string, string | number>> {
  const known = policy?.commands;
  const entries = known?.filter(({ name }) => name === command);
  if (known !== undefined && entries?.length === 0) {
    const names = known.map(({ name }) => name).join(", ") || "none";
    throw new MusterError("NOT_FOUND", {
      message: `The policy of ${server} names no command ${command}; it lets be run: ${names}.`,
    });
  }
  const declared = entries?.[0]?.args;
  const problems: Record<string, string> = {};
  const args: Record<string, string | number> = {};
  for (const operand of operands) {
    const at = operand.indexOf("=");
    const [name, text] = at > 0 ? [operand.slice(0, at), operand.slice(at + 1)] : [operand, undefined];
    const argument = declared?.find((candidate) => candidate.name === name);
    if (text === undefined) problems[name] = "must be NAME=VALUE";
    else if (Object.hasOwn(args, name)) problems[name] = "is given twice";
    else if (declared !== undefined && argument === undefined) problems[name] = `is no argument of ${command}`;
    else if (argument === undefined) args[name] = /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    else {
      const value = readArg(argument, text);
      if (!argFits(argument, value))
        problems[name] =
          argument.type === "int"
            ? `must be a whole number from ${argument.min} to ${argument.max}`
            : `must be one of ${argument.values.join(", ")}`;
      args[name] = value ?? text;
    }
  }
  for (const { name } of declared ?? []) {
    if (!Object.hasOwn(args, name) && problems[name] === undefined) problems[name] = "is missing";
  }
  if (Object.keys(problems).length === 0) return args;
  throw new MusterError("BAD_REQUEST", { message: `The arguments of ${command} are not valid.`, fields: problems });
}
