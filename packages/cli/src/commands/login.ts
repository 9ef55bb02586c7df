import { MusterError } from "@muster/core";
import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { hubOptions, readPassword, workWith } from "./options.ts";
import type { HubOptions, Work } from "./options.ts";

interface LoginOptions extends HubOptions {
  readonly name?: string;
  readonly trustFingerprint?: string;
}

/** `login`, `logout` and `whoami`. */
export function addLoginCommands(program: Command, shell: Shell): void {
  hubOptions(program.command("login"))
    .description("Sign in to a hub and remember an API token in a file that only you can read.")
    .option("--name <user>", "user name; otherwise asked, or the first line of standard input")
    .option("--trust-fingerprint <sha256>", "trust the hub's own certificate by its SHA-256 fingerprint")
    .addHelpText(
      "after",
      "\nThe password is asked on the terminal, or read as the next line of standard input. It is never an argument.",
    )
    .action(async (options: LoginOptions) => {
      const { login } = await import("../client/login.ts");
      const work: Work<LoginOptions> = workWith(shell, options);
      const { url, user, path } = await login(shell, options, await askFor(shell, options));
      await work.show({ url, user }, () => `Signed in to ${url} as ${user}. The token is in ${path}.\n`);
    });

  hubOptions(program.command("logout"))
    .description("Revoke the remembered token and forget it.")
    .action(async (options: HubOptions) => {
      const { logout } = await import("../client/login.ts");
      const work = workWith(shell, options);
      const { url, revoked } = await logout(shell, options);
      await work.show({ url, revoked }, () =>
        revoked
          ? `Signed out of ${url}.\n`
          : `The token for ${url} is forgotten here, but the hub could not be told: revoke it on the tokens page.\n`,
      );
    });

  hubOptions(program.command("whoami"))
    .description("Show who the hub takes you for, and what you may do.")
    .action(async (options: HubOptions) => {
      const { connect } = await import("../client/connect.ts");
      const { renderFields } = await import("../terminal/table.ts");
      const me = await connect(shell, options).call("GET /api/v1/me");
      await workWith(shell, options).show(me, () =>
        renderFields([
          ["user", me.user.name],
          ["role", me.user.role],
          ["rights", me.rights.join(" ")],
          ["hub", `version ${me.hub.version}`],
        ]),
      );
    });
}

/** Questions are asked one after the other; without a terminal the answers are the lines of standard input. */
async function askFor(shell: Shell, options: LoginOptions): Promise<{ name: string; password: () => Promise<string> }> {
  const name = options.name ?? (await shell.terminal.readLine("User name: ", "echo"));
  if (!name) throw new MusterError("BAD_REQUEST", { message: "No user name was given." });
  return { name: name.trim(), password: () => readPassword(shell, "Password: ") };
}
