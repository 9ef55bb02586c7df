import { MusterError } from "@muster/core";
import type { resources } from "@muster/protocol";
import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import { followProgress, stepLine, WAIT_MS } from "../actions/follow-progress.ts";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { UNKNOWN } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { readFileOption } from "./file-option.ts";
import { findServer } from "./find-server.ts";
import { confirm, gather, hubCommand, readPassword } from "./options.ts";
import type { HubOptions, HubWork } from "./options.ts";

interface KeyOptions extends HubOptions {
  readonly file?: string;
  readonly passphrase?: boolean;
}
interface ReplaceOptions extends HubOptions {
  readonly server?: readonly string[];
  readonly install?: boolean;
  readonly removeOld?: boolean;
  readonly wait: boolean;
  readonly yes?: boolean;
}
type Replacement = resources.KeyReplacementView;
interface YesOptions extends HubOptions {
  readonly yes?: boolean;
}

/** `ssh-keys list | add | replace | delete`. */
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

  hubCommand<ReplaceOptions>(
    keys
      .command("replace <old> <new>")
      .description("Put another key in the place of one, on each server where it is let in.")
      .option("--server <server>", "only on this server, by name or id; repeat for several", gather)
      .option("--install", "where the new key is refused, add its line to authorized_keys by the old one")
      .option("--remove-old", "take the old key's line out of authorized_keys once a server is switched")
      .option("--no-wait", "do not wait for the end: 0 then means that it was begun")
      .option("--yes", "do not ask"),
    shell,
    replace,
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

async function replace(work: HubWork<ReplaceOptions>, oldName = "", newName = ""): Promise<void> {
  const { shell, hub, options, note, show, colours } = work;
  const { install = false, removeOld: remove = false } = options;
  const oldKey = await findSshKey(hub, oldName);
  const newKey = await findSshKey(hub, newName);
  const named: resources.Server[] = [];
  for (const name of new Set(options.server)) named.push(await findServer(hub, name));
  if (install || remove) {
    const list = (options.server === undefined ? oldKey.usedBy : named).map(({ name }) => name).join(", ");
    const question = `Replace ${oldKey.name} by ${newKey.name} on ${list}? Their authorized_keys will be changed.`;
    await confirm(shell, options.yes, question);
  }
  const body = {
    ...{ newKeyId: newKey.id, install, remove },
    ...(options.server !== undefined && { servers: named.map(({ id }) => id) }),
  };
  const begun = await provingIdentity(shell, hub, options, (client) =>
    client.call("POST /api/v1/ssh-keys/{id}/replacements", { params: { id: oldKey.id }, body }),
  );
  const write = (text: string): void => {
    if (!options.json) shell.terminal.write(text);
  };
  const ended = options.wait ? await follow(work, begun, (line) => write(line(colours))) : begun;
  await show(ended, () => (options.wait ? "" : `${ended.id}\n`));
  const failed = ended.servers.filter(({ state }) => state === "failed");
  if (failed.length === 0) return;
  if (failed.some(({ uses }) => uses === "old"))
    note(`The line for authorized_keys of servers that refuse ${newKey.name}:\n${ended.newKey.publicKey}`);
  const count = ended.servers.length;
  throw new MusterError("ACTION_FAILED", {
    message: count === 1 ? "It failed." : `Of ${count} servers ${failed.length} failed.`,
  });
}

/** Tells each step as it ends, and of each server how it is reached when it is over. */
async function follow(
  { shell, hub }: HubWork<ReplaceOptions>,
  first: Replacement,
  write: (line: (colours: Colours) => string) => void,
): Promise<Replacement> {
  const told = new Set<string>();
  const params = { id: first.id };
  const once = (what: string, line: (colours: Colours) => string): void => {
    if (told.has(what)) return;
    told.add(what);
    write(line);
  };
  return followProgress(
    shell,
    first,
    {
      isOver: ({ endedAt }) => endedAt !== null,
      tell({ servers, oldKey, newKey }) {
        for (const { serverId, server, state, uses, steps } of servers) {
          for (const step of steps)
            if (step.endedAt !== null) once(`${serverId} ${step.step}`, (colours) => stepLine(server, step, colours));
          if (state !== "succeeded" && state !== "failed") continue;
          const words = uses === "new" ? `is reached by ${newKey.name}` : `keeps ${oldKey.name}`;
          once(serverId, (colours) => `${server}  ${(state === "failed" ? colours.bad : colours.good)(words)}\n`);
        }
      },
      next: ({ revision: after }, stop) =>
        hub.call("GET /api/v1/key-replacements/{id}", { params, query: { waitMs: WAIT_MS, after } }, { signal: stop }),
      where: "`muster ssh-keys` tells which servers use which key; asking again goes on from there.",
    },
    shell.stopSignal(),
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
