import { MusterError } from "@muster/core";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import { coloursFor } from "../terminal/colours.ts";
import type { Colours } from "../terminal/colours.ts";

/** Options that every command has. */
export interface OutputOptions {
  readonly json?: boolean;
}

/** Options of every command that asks the hub. */
export interface HubOptions extends OutputOptions {
  readonly url?: string;
  readonly ca?: string;
}

/** What a command works with. */
export interface Work<Options> {
  readonly shell: Shell;
  readonly options: Options;
  readonly colours: Colours;
  /** Writes the result: with `--json` the value itself, otherwise what `human` makes of it. */
  show(value: unknown, human: () => string | Promise<string>): Promise<void>;
  /** A remark for people beside the result; not with `--json`. */
  note(text: string): void;
}

export interface HubWork<Options> extends Work<Options> {
  readonly hub: HubClient;
}

/** Gives a command `--json` and its action; arguments come as commander parsed them. */
export function localCommand<Options extends OutputOptions>(
  command: Command,
  shell: Shell,
  act: (work: Work<Options>, ...operands: string[]) => Promise<void>,
): Command {
  return command.option("--json", "print the result as JSON").action(async (...given: unknown[]) => {
    const { operands, options } = split<Options>(given);
    await act(workWith(shell, options), ...operands);
  });
}

/** Gives a command `--json`, `--url`, `--ca` and a client of the hub. */
export function hubCommand<Options extends HubOptions>(
  command: Command,
  shell: Shell,
  act: (work: HubWork<Options>, ...operands: string[]) => Promise<void>,
): Command {
  return hubOptions(command).action(async (...given: unknown[]) => {
    const { operands, options } = split<Options>(given);
    const { connect } = await import("../client/connect.ts");
    await act({ ...workWith(shell, options), hub: connect(shell, options) }, ...operands);
  });
}

export const hubOptions = (command: Command): Command =>
  command
    .option("--json", "print the result as JSON")
    .option("--url <address>", "the hub's address (MUSTER_URL; default http://127.0.0.1:8765)")
    .option("--ca <file>", "PEM file of the authority that signed the hub's certificate (MUSTER_CA)");

export function workWith<Options extends OutputOptions>(shell: Shell, options: Options): Work<Options> {
  const { terminal, env } = shell;
  return {
    shell,
    options,
    colours: coloursFor("output", terminal, env),
    async show(value, human) {
      terminal.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : await human());
    },
    note(text) {
      if (!options.json) terminal.writeError(`${text}\n`);
    },
  };
}

/** Commander gives operands, then options, then the command; an operand that may repeat comes as a list. */
function split<Options>(given: readonly unknown[]): { operands: string[]; options: Options } {
  const operands = given.slice(0, -2).flatMap((value) => (value === undefined ? [] : (value as string | string[])));
  return { operands, options: given.at(-2) as Options };
}

/** An option's text as a whole number. Throws BAD_REQUEST naming the option. */
export function wholeNumber(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw wrongOption(option, `must be a whole number from ${least} to ${most}`);
}

export const wrongOption = (option: string, why: string): MusterError =>
  new MusterError("BAD_REQUEST", { message: "An option is not valid.", fields: { [option]: why } });

/** Throws BAD_REQUEST where two options were given of which one takes back the other. */
export function notBoth(options: Readonly<Record<string, unknown>>): void {
  const [first, second] = Object.keys(options).filter((name) => options[name] !== undefined);
  if (first !== undefined && second !== undefined) throw wrongOption(first, `goes without ${second}`);
}

/** Gathers an option that may be given several times. */
export const gather = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** Asks before what cannot be undone. Throws BAD_REQUEST where nobody can be asked or the answer is not yes. */
export async function confirm(shell: Shell, yes: boolean | undefined, question: string): Promise<void> {
  if (yes) return;
  if (!shell.terminal.canAsk) throw wrongOption("--yes", "is needed where nobody can be asked");
  const answer = await shell.terminal.readLine(`${question} Type yes to go on: `, "echo");
  if (answer?.trim().toLowerCase() !== "yes") {
    throw new MusterError("BAD_REQUEST", { message: "Nothing was changed: the answer was not yes." });
  }
}

/** A password as typed on the terminal, unseen, or the next line of standard input. Throws BAD_REQUEST when there is none. */
export async function readPassword(shell: Shell, question: string): Promise<string> {
  const line = await shell.terminal.readLine(question, "hidden");
  if (!line) throw new MusterError("BAD_REQUEST", { message: "No password was given." });
  return line;
}
