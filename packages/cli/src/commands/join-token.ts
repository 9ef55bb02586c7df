import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { span, utc } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { gather, hubCommand, wholeNumber } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface CreateOptions extends HubOptions {
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly uses?: string;
  readonly minutes?: string;
}

/** `join-token list | create | delete`. */
export function addJoinTokenCommands(program: Command, shell: Shell): void {
  const joinTokens = program.command("join-token").description("Tokens with which new servers join.");

  hubCommand<HubOptions>(
    joinTokens.command("list", { isDefault: true }).description("List tokens that are still valid, and who used them."),
    shell,
    async ({ hub, show }) => {
      const answer = await hub.call("GET /api/v1/join-tokens");
      const now = shell.clock.now();
      await show(answer, () =>
        renderTable(
          [
            { title: "id" },
            { title: "for" },
            { title: "uses left", align: "right" },
            { title: "valid for" },
            { title: "made by" },
            { title: "joined" },
          ],
          answer.items.map((token) => [
            token.id,
            token.name ?? "any, with approval",
            String(token.usesLeft),
            span(token.expiresAt - now),
            token.createdBy,
            token.joined.map((server) => server.name).join(", "),
          ]),
        ),
      );
    },
  );

  hubCommand<CreateOptions>(
    joinTokens
      .command("create")
      .description("Make a token and print the line to paste on the new server. Both are shown once.")
      .option("--name <server>", "the one server that may use it gets this name and needs no approval")
      .option("--tag <tag>", "tag of the servers that join with it; repeat for several", gather)
      .option("--uses <count>", "how many servers may use it, 1 to 1000 (default 1)")
      .option("--minutes <count>", "how long it is valid, 1 to 1440 (default 15)"),
    shell,
    async ({ hub, options, show, note }) => {
      const uses = wholeNumber("--uses", options.uses, 1, 1_000);
      const lifetimeMinutes = wholeNumber("--minutes", options.minutes, 1, 1_440);
      const answer = await hub.call("POST /api/v1/join-tokens", {
        body: {
          ...(options.name === undefined ? {} : { name: options.name }),
          ...(options.tag === undefined ? {} : { tags: [...options.tag] }),
          ...(uses === undefined ? {} : { uses }),
          ...(lifetimeMinutes === undefined ? {} : { lifetimeMinutes }),
        },
      });
      note(`Paste this on the new server before ${utc(answer.joinToken.expiresAt)}:`);
      await show(answer, () => `${answer.command}\n`);
    },
  );

  hubCommand<HubOptions>(
    joinTokens.command("delete <id>").description("Withdraw a token."),
    shell,
    async ({ hub, show }, id = "") => {
      await hub.call("DELETE /api/v1/join-tokens/{id}", { params: { id } });
      await show({ id, deleted: true }, () => `Join token ${id} is withdrawn.\n`);
    },
  );
}
