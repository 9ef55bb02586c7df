import { isUrl } from "../services/definitions/index.ts";
import { listed } from "./foreign-fields.ts";
import { quoted } from "./foreign-text.ts";
import type { PlanBuilder } from "./plan-builder.ts";

/** The token with which the agent of that suite comes. */
const DEFAULT_TOKEN = "monitor-token";

/** Virgilio's backends, as its API lists them or as rows of its table. */
export function readVirgilioBackends(tree: unknown, plan: PlanBuilder): void {
  for (const entry of listed(tree, "backends", plan)) {
    if (plan.isFull(entry.where)) return;
    const name = entry.text("name") ?? "";
    const url = withoutEndSlashes(entry.text("base_url") ?? "");
    const secret = entry.text("api_token");
    const notes = entry.text("notes");
    const isActive = entry.flag("is_active", true);
    plan.ignore("id", "each server gets a new id");
    entry.raw("id");
    entry.ignore("the hub decides how often it asks", "poll_interval_seconds");
    entry.ignore(
      "everything that the agent tells is kept, and shown in the order of names",
      "display_order",
      "selected_metrics",
    );
    entry.ignore(
      "readings come anew when the server is asked",
      ...["last_seen_at", "last_warning", "latest_snapshot", "created_at", "updated_at"],
    );
    entry.end();
    if (!isActive) {
      plan.ignore(`server ${quoted(name)}`, "it is turned off there");
    } else if (!isUrl(url)) {
      plan.problem(entry.at("base_url"), "left out: must be an http or https address without a user in it");
    } else {
      if (secret === undefined) plan.problem(entry.at("api_token"), "is missing: the agent will refuse");
      if (secret === DEFAULT_TOKEN)
        plan.problem(entry.at("api_token"), "is the one that everybody has: change it on the server and here");
      plan.server(entry.where, {
        names: [name, url.replace(/^https?:\/\//, "")],
        ...(notes !== undefined && { notes }),
        link: { kind: "pull", adapter: "virgilio", url },
        ...(secret !== undefined && { secret }),
      });
    }
  }
}

function withoutEndSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === "/") end--;
  return url.slice(0, end);
}
