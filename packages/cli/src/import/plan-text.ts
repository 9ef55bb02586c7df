import type { ImportPlan, PlannedServer } from "@muster/core";
import type { Colours } from "../terminal/colours.ts";
import { UNKNOWN } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import type { Applied } from "./apply-plan.ts";

/** A plan as it may be shown: of a secret only that there is one. */
export type ShownPlan = Omit<ImportPlan, "servers"> & {
  readonly servers: readonly (Omit<PlannedServer, "secret"> & { readonly hasSecret: boolean })[];
};

export const shownPlan = (plan: ImportPlan): ShownPlan => ({
  ...plan,
  servers: plan.servers.map(({ secret, ...server }) => ({ ...server, hasSecret: secret !== undefined })),
});

/** Everything that would be made, what is ignored and why, and what is wrong where. */
export async function planText(format: string, plan: ShownPlan, colours: Colours): Promise<string> {
  const parts: string[] = [`Read as ${format}.\n`];
  const part = async (
    title: string,
    columns: readonly string[],
    rows: Parameters<typeof renderTable>[1],
  ): Promise<void> => {
    if (rows.length === 0) return;
    parts.push(`${colours.strong(`${title} (${rows.length})`)}\n`);
    parts.push(
      await renderTable(
        columns.map((column) => ({ title: column })),
        rows,
      ),
    );
  };
  await part(
    "Servers",
    ["name", "link", "address", "secret", "tags"],
    plan.servers.map((server) => [
      server.name,
      ...linkCells(server),
      server.hasSecret ? "taken over" : UNKNOWN,
      server.tags.join(" "),
    ]),
  );
  await part(
    "Services",
    ["name", "driver", "command"],
    plan.definitions.map(({ name, fields }) => [
      name,
      String(fields["driver"]),
      (fields["command"] as readonly string[]).map((word) => JSON.stringify(word)).join(" "),
    ]),
  );
  const { samplesDays } = plan.settings;
  await part(
    "Settings",
    ["name", "value"],
    samplesDays === undefined ? [] : [["samples are kept", `${samplesDays} days or longer`]],
  );
  await part(
    "Ignored",
    ["what", "why"],
    plan.ignored.map(({ what, why }) => [what, why]),
  );
  await part(
    "To look at",
    ["where", "what"],
    plan.problems.map(({ where, problem }) => [where, { text: problem, colour: colours.warning }]),
  );
  if (parts.length === 1) parts.push("There is nothing in it that Muster could take over.\n");
  return parts.join("\n");
}

function linkCells({ link }: ShownPlan["servers"][number]): readonly [string, string] {
  switch (link.kind) {
    case "ssh": {
      const over = link.via === undefined ? "" : ` over ${link.via}`;
      return ["ssh", `${link.user}@${link.host}${link.port === 22 ? "" : ` port ${link.port}`}${over}`];
    }
    case "pull":
      return [`pull (${link.adapter})`, link.url];
    case "push":
      return ["push", UNKNOWN];
  }
}

/** What came of it, an entry a line. */
export const appliedText = (done: readonly Applied[], colours: Colours): Promise<string> =>
  renderTable(
    [{ title: "outcome" }, { title: "what" }, { title: "name" }, { title: "detail" }],
    done.map(({ what, name, outcome, detail }) => [
      { text: outcome, colour: outcome === "failed" ? colours.bad : outcome === "made" ? colours.good : colours.faint },
      what,
      name,
      detail,
    ]),
  );
