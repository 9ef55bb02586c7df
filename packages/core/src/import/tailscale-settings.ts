import { isFields } from "../services/definitions/index.ts";
import { ForeignFields } from "./foreign-fields.ts";
import { quoted } from "./foreign-text.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { readRetention } from "./retention.ts";

/** The service manager's `settings.json`. */
export function readTailscaleSettings(tree: unknown, plan: PlanBuilder): void {
  if (!isFields(tree)) return plan.problem("file", "must be a map");
  const settings = new ForeignFields(tree, "", plan);
  readRetention(settings, "stats_retention_days", plan);
  for (const task of settings.maps("scheduled_tasks")) {
    const [name, cron, action, service] = ["name", "cron_expression", "action", "service_name"].map(
      (field) => task.text(field) ?? "",
    );
    const state = task.flag("enabled", true) ? "" : ", turned off";
    task.end();
    plan.ignore(
      `task ${quoted(name ?? "")}: ${quoted(action ?? "")} ${quoted(service ?? "")} at ${quoted(cron ?? "")}${state}`,
      "needs tasks (not there yet)",
    );
  }
  settings.ignore("the hub keeps its data in its own data directory", "storage_paths");
  settings.ignore(
    "each service has a restart policy of its own; an imported one restarts on failure",
    "auto_restart_on_failure",
  );
  settings.ignore("conflicts of ports are always shown: `muster services port-conflicts`", "check_port_conflicts");
  settings.ignore("the hub's own address is its setting publicUrl", "default_tailscale_domain", "api_base_url");
  settings.ignore("changes are shown as they come", "update_interval_seconds");
  settings.end();
}
