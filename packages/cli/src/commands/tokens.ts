import { ALL_RIGHTS, isRight } from "@muster/core";
import type { Right } from "@muster/core";
import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { ago, utc } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { hubCommand, hubOptions, readPassword, wholeNumber, workWith, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface CreateOptions extends HubOptions {
  readonly scopes: string;
  readonly expiresInDays?: string;
  readonly user?: string;
}

/** `tokens list | create | delete`. */
export function addTokensCommands(program: Command, shell: Shell): void {
  const tokens = program.command("tokens").description("API tokens for programs.");

  hubCommand<HubOptions>(
    tokens.command("list", { isDefault: true }).description("List your tokens; an administrator sees everybody's."),
    shell,
    async ({ hub, show }) => {
      const answer = await hub.call("GET /api/v1/tokens");
      const now = shell.clock.now();
      await show(answer, () =>
        renderTable(
          [
            { title: "id" },
            { title: "name" },
            { title: "owner" },
            { title: "expires" },
            { title: "last used" },
            { title: "scopes" },
          ],
          answer.items.map((token) => [
            token.id,
            token.name,
            token.owner,
            token.expiresAt === null ? "never" : utc(token.expiresAt),
            token.lastUsedAt === null ? "never" : ago(token.lastUsedAt, now),
            token.scopes.length === ALL_RIGHTS.length ? "all" : token.scopes.join(" "),
          ]),
        ),
      );
    },
  );

  hubOptions(tokens.command("create <name>"))
    .description("Make a token; asks for your password, because a token cannot make tokens. Its secret is shown once.")
    .requiredOption(
      "--scopes <rights>",
      "comma-separated rights, such as servers.read,metrics.read; `muster whoami` lists yours",
    )
    .option("--expires-in-days <days>", "1 to 3650; without it the token does not expire")
    .option("--user <name>", "who makes it; by default who signed in with `muster login`")
    .action(async (name: string, options: CreateOptions) => {
      const days = wholeNumber("--expires-in-days", options.expiresInDays, 1, 3_650);
      const scopes = parseScopes(options.scopes);
      const { personAt, withSession } = await import("../client/login.ts");
      const person = personAt(shell, options, options.user);
      const password = await readPassword(shell, `Password of ${person.name}: `);
      const answer = await withSession(shell, { ...person, password }, (session) =>
        session.call("POST /api/v1/tokens", {
          body: { name, scopes, ...(days === undefined ? {} : { expiresInDays: days }) },
        }),
      );
      const { note, show } = workWith(shell, options);
      note("This is the only time that the secret is shown:");
      await show(answer, () => `${answer.secret}\n`);
    });

  hubCommand<HubOptions>(
    tokens.command("delete <id>").description("Revoke a token at once."),
    shell,
    async ({ hub, show }, id = "") => {
      await hub.call("DELETE /api/v1/tokens/{id}", { params: { id } });
      await show({ id, deleted: true }, () => `Token ${id} is revoked.\n`);
    },
  );
}

function parseScopes(text: string): Right[] {
  const scopes = text.split(",").map((scope) => scope.trim());
  const unknown = scopes.find((scope) => !isRight(scope));
  if (unknown !== undefined)
    throw wrongOption("--scopes", `"${unknown}" is not a right; there are: ${ALL_RIGHTS.join(", ")}`);
  return scopes.filter(isRight);
}
