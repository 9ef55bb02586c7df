import { MusterError } from "@muster/core";
import type { Command } from "commander";
import type { Entries } from "../entries.ts";
import type { Shell } from "../shell.ts";
import { utc } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { hubCommand, hubOptions, wholeNumber, workWith } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface ListOptions extends HubOptions {
  readonly limit?: string;
  readonly before?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
}
interface VerifyOptions extends HubOptions {
  readonly dataDir?: string;
}

/** `audit list | verify`. */
export function addAuditCommands(program: Command, shell: Shell, entries: Entries): void {
  const audit = program.command("audit").description("Who did what, and whether the record is whole.");

  hubCommand<ListOptions>(
    audit
      .command("list", { isDefault: true })
      .description("List the newest rows.")
      .option("--limit <count>", "1 to 500 (default 50)")
      .option("--before <number>", "only rows with a lower number")
      .option("--actor <name>", "only what this user or program did")
      .option("--action <name>", "only this action")
      .option("--target <name>", "only what was done to this"),
    shell,
    async ({ hub, options, colours, show }) => {
      const before = wholeNumber("--before", options.before, 1, Number.MAX_SAFE_INTEGER);
      const answer = await hub.call("GET /api/v1/audit", {
        query: {
          limit: wholeNumber("--limit", options.limit, 1, 500) ?? 50,
          ...(before === undefined ? {} : { before }),
          ...(options.actor === undefined ? {} : { actor: options.actor }),
          ...(options.action === undefined ? {} : { action: options.action }),
          ...(options.target === undefined ? {} : { target: options.target }),
        },
      });
      await show(answer, () =>
        renderTable(
          [
            { title: "no", align: "right" },
            { title: "time" },
            { title: "actor" },
            { title: "door" },
            { title: "action" },
            { title: "target" },
            { title: "decision" },
            { title: "reason" },
          ],
          answer.items.map((row) => [
            String(row.seq),
            utc(row.time),
            row.actor,
            row.door,
            row.action,
            row.target,
            {
              text: row.decision,
              colour: row.decision === "refused" || row.decision === "failed" ? colours.bad : (text) => text,
            },
            row.reason,
          ]),
        ),
      );
    },
  );

  hubOptions(audit.command("verify"))
    .description("Check the hash chain of the record: at the hub, or in a data directory without any hub.")
    .option("--data-dir <directory>", "check the database in this directory; works while no hub runs")
    .action(async (options: VerifyOptions) => {
      const chain =
        options.dataDir === undefined
          ? await chainAtHub(shell, options)
          : await (await entries.hub()).verifyAudit(options.dataDir);
      await workWith(shell, options).show(chain, () =>
        chain.state === "intact"
          ? `The record is intact: ${chain.rows} rows, each holding the hash of the one before.\n`
          : "",
      );
      if (chain.state === "broken") {
        throw new MusterError("DATABASE_DAMAGED", { message: `The record was changed: ${chain.why}` });
      }
    });
}

async function chainAtHub(
  shell: Shell,
  options: HubOptions,
): Promise<{ state: "intact" | "broken"; rows: number; why: string }> {
  const { connect } = await import("../client/connect.ts");
  return (await connect(shell, options).call("GET /api/v1/audit", { query: { limit: 1 } })).chain;
}
