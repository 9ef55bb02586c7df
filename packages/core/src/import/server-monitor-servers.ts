import { isHost, portFrom } from "../links/host-and-port.ts";
import { isSshUser } from "../links/ssh-address.ts";
import { listed } from "./foreign-fields.ts";
import type { ForeignFields } from "./foreign-fields.ts";
import { quoted } from "./foreign-text.ts";
import type { ImportChoices } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";

/** More than a server can have, so that the plan says what is left out. */
const TAGS_READ_MAX = 100;

/** server-monitor's servers, as its API lists them or as rows of its table. */
export function readServerMonitorServers(tree: unknown, plan: PlanBuilder, choices: ImportChoices): void {
  for (const entry of listed(tree, "servers", plan)) {
    if (plan.isFull(entry.where)) return;
    const host = entry.text("host") ?? "";
    const port = portFrom(entry.raw("port") ?? 22);
    const user = entry.text("username") ?? choices.user;
    const names = [entry.text("name") ?? "", host];
    const tags = readTags(entry);
    const agentPort = portFrom(entry.raw("agent_port"));
    const isInstalled = entry.flag("agent_installed", false);
    const notes = [
      entry.text("description"),
      isInstalled ? `Agent of server-monitor: port ${agentPort ?? 8_083}` : undefined,
    ];
    entry.raw("id");
    entry.ignore(
      "passwords are encrypted with a key of that system and cannot be carried over: give the server a key",
      "ssh_password",
    );
    const keyPath = entry.text("ssh_key_path");
    if (keyPath !== undefined)
      plan.ignore(`key file ${quoted(keyPath)}`, "private keys are not read: the hub has keys of its own");
    entry.ignore("groups are not carried over; use tags", "group_id", "group_name");
    entry.ignore("how it is with the server is seen anew", "status", "last_seen", "created_at", "updated_at");
    entry.ignore(
      "time-outs are the hub's own, and times are shown in the reader's zone",
      "connection_timeout",
      "timezone",
    );
    entry.end();
    if (!isHost(host)) plan.problem(entry.at("host"), "left out: must be a host name or an address");
    else if (port === undefined) plan.problem(entry.at("port"), "left out: must be a port, 1 to 65535");
    else if (user === undefined || !isSshUser(user))
      plan.problem(entry.at("username"), "left out: must be a user's name");
    else
      plan.server(entry.where, {
        names,
        tags,
        notes: notes.filter((line) => line !== undefined).join("\n"),
        link: { kind: "ssh", host, port, user },
      });
  }
}

/** Its tags are one text with commas; the API of some versions has a list. */
function readTags(entry: ForeignFields): readonly string[] {
  const tags = entry.raw("tags");
  if (Array.isArray(tags)) return entry.texts("tags");
  const parts = (entry.text("tags") ?? "").split(",", TAGS_READ_MAX);
  return parts.map((part) => part.replaceAll(/["'[\]]/g, "").trim()).filter((tag) => tag !== "");
}
