import { MusterError, ROLES } from "@muster/core";
import type { Role } from "@muster/core";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import { ago, utc } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { confirm, hubCommand, readPassword, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface AddOptions extends HubOptions {
  readonly role: string;
}
interface YesOptions extends HubOptions {
  readonly yes?: boolean;
}

/** `users list | add | set-role | disable | enable | delete`. */
export function addUsersCommands(program: Command, shell: Shell): void {
  const users = program.command("users").description("People who may sign in.");

  hubCommand<HubOptions>(
    users.command("list", { isDefault: true }).description("List users."),
    shell,
    async ({ hub, colours, show }) => {
      const answer = await hub.call("GET /api/v1/users");
      await show(answer, () =>
        renderTable(
          [{ title: "name" }, { title: "role" }, { title: "state" }, { title: "last sign-in" }, { title: "made" }],
          answer.items.map((user) => [
            user.name,
            user.role,
            user.enabled ? "enabled" : { text: "disabled", colour: colours.warning },
            ago(user.lastLoginAt, shell.clock.now()),
            utc(user.createdAt),
          ]),
        ),
      );
    },
  );

  hubCommand<AddOptions>(
    users
      .command("add <name>")
      .description("Make a user; the password is asked, or read from standard input.")
      .option("--role <role>", `one of ${ROLES.join(", ")}`, "viewer"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const role = parseRole("--role", options.role);
      const user = await hub.call("POST /api/v1/users", { body: { name, role, password: await newPassword(shell) } });
      await show(user, () => `User ${user.name} is made, with the role ${user.role}.\n`);
    },
  );

  hubCommand<HubOptions>(
    users.command("set-role <name> <role>").description("Change a user's role."),
    shell,
    async ({ hub, show }, name = "", role = "") => {
      const { id } = await findUser(hub, name);
      const user = await hub.call("PATCH /api/v1/users/{id}", {
        params: { id },
        body: { role: parseRole("role", role) },
      });
      await show(user, () => `User ${user.name} now has the role ${user.role}.\n`);
    },
  );

  for (const [verb, enabled, meaning] of [
    ["disable", false, "Keep a user from signing in and end all sessions."],
    ["enable", true, "Let a disabled user sign in again."],
  ] as const) {
    hubCommand<HubOptions>(
      users.command(`${verb} <name>`).description(meaning),
      shell,
      async ({ hub, show }, name = "") => {
        const { id } = await findUser(hub, name);
        const user = await hub.call("PATCH /api/v1/users/{id}", { params: { id }, body: { enabled } });
        await show(user, () => `User ${user.name} is ${verb}d.\n`);
      },
    );
  }

  hubCommand<YesOptions>(
    users
      .command("delete <name>")
      .description("Delete a user with all sessions and tokens.")
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const { id } = await findUser(hub, name);
      await confirm(shell, options.yes, `Delete the user ${name} with all sessions and tokens?`);
      await hub.call("DELETE /api/v1/users/{id}", { params: { id } });
      await show({ id, name, deleted: true }, () => `User ${name} is deleted.\n`);
    },
  );
}

async function findUser(hub: HubClient, name: string): Promise<{ readonly id: string }> {
  const { items } = await hub.call("GET /api/v1/users");
  const found = items.find((user) => user.name === name || user.id === name);
  if (found) return found;
  throw new MusterError("NOT_FOUND", { message: `There is no user called ${name}.` });
}

function parseRole(where: string, text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (role) return role;
  throw wrongOption(where, `must be one of ${ROLES.join(", ")}`);
}

/** Asked twice on a terminal, because what is typed is not seen; one line otherwise. */
async function newPassword(shell: Shell): Promise<string> {
  const first = await readPassword(shell, "Password for the new user: ");
  if (shell.terminal.canAsk && (await shell.terminal.readLine("The same again: ", "hidden")) !== first) {
    throw new MusterError("BAD_REQUEST", { message: "The two passwords are not the same." });
  }
  return first;
}
