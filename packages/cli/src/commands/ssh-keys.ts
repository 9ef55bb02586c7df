import { MusterError } from "@muster/core";
import type { resources } from "@muster/protocol";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import { UNKNOWN } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { readFileOption } from "./file-option.ts";
import { confirm, hubCommand, readPassword } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface KeyOptions extends HubOptions {
  readonly file?: string;
  readonly passphrase?: boolean;
}
interface YesOptions extends HubOptions {
  readonly yes?: boolean;
}

/** `ssh-keys list | add | delete`. */
export function addSshKeyCommands(program: Command, shell: Shell): void {
  const keys = program.command("ssh-keys").description("The hub's own SSH keys for servers without an agent.");

  hubCommand<HubOptions>(
    keys.command("list", { isDefault: true }).description("List keys with their public halves."),
    shell,
    async ({ hub, show }) => {
      const answer = await hub.call("GET /api/v1/ssh-keys");
      await show(answer, () =>
        answer.items.length === 0
          ? "No SSH keys. `muster ssh-keys add NAME` makes one.\n"
          : renderTable(
              [{ title: "name" }, { title: "fingerprint" }, { title: "used by" }, { title: "public key" }],
              answer.items.map((key) => [
                key.name,
                key.fingerprint,
                key.usedBy.map(({ name }) => name).join(" ") || UNKNOWN,
                key.publicKey,
              ]),
            ),
      );
    },
  );

  hubCommand<KeyOptions>(
    keys
      .command("add <name>")
      .description(
        "Make a key, or with --file take one in. Its public half is printed, its private half never leaves the hub.",
      )
      .option("--file <path>", "a private key in the form of OpenSSH or PEM")
      .option("--passphrase", "ask for the passphrase of that file, or read it from standard input"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const privateKey = options.file === undefined ? undefined : readFileOption("--file", options.file);
      const passphrase = options.passphrase ? await readPassword(shell, "Passphrase: ") : undefined;
      const key = await hub.call("POST /api/v1/ssh-keys", {
        body: {
          name,
          ...(privateKey !== undefined && { privateKey }),
          ...(passphrase !== undefined && { passphrase }),
        },
      });
      await show(key, () => `${key.publicKey}\n`);
    },
  );

  hubCommand<YesOptions>(
    keys.command("delete <name>").description("Delete a key that no server uses.").option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const { id } = await findSshKey(hub, name);
      await confirm(shell, options.yes, `Delete the key ${name}? It cannot be had back.`);
      await hub.call("DELETE /api/v1/ssh-keys/{id}", { params: { id } });
      await show({ id, name, deleted: true }, () => `The key ${name} is deleted.\n`);
    },
  );
}

/** A key of the hub's by its name or id. Throws NOT_FOUND with the names that there are. */
export async function findSshKey(hub: HubClient, wanted: string): Promise<resources.SshKeyView> {
  const { items } = await hub.call("GET /api/v1/ssh-keys");
  const key = items.find(({ id }) => id === wanted) ?? items.find(({ name }) => name === wanted);
  if (key) return key;
  const known = items.map(({ name }) => name).join(", ");
  throw new MusterError("NOT_FOUND", {
    message: `There is no SSH key called ${wanted}.${known === "" ? " `muster ssh-keys add` makes one." : ` There are: ${known}.`}`,
  });
}
