import { isFields } from "../services/definitions/index.ts";
import { ForeignFields } from "./foreign-fields.ts";
import { quoted } from "./foreign-text.ts";
import type { ImportChoices } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { readRetention } from "./retention.ts";
import { commandFrom } from "./shell-command.ts";

/** Sections that look at something and run nothing. */
const MONITORS = ["marzban_monitor", "redis", "postgres"];
const POLICIES = ["always", "on-failure", "never"];
/** What the manager does where its file says nothing. */
const RESTARTS_MAX = 5;
const DELAY_SECONDS = 10;

/** The OrbitVPN manager's `services.yaml`. */
export function readOrbitvpnServices(tree: unknown, plan: PlanBuilder, choices: ImportChoices): void {
  if (!isFields(tree)) return plan.problem("file", "must be a map");
  const file = new ForeignFields(tree, "", plan);
  const services = file.map("services");
  for (const name of services?.names() ?? []) {
    const service = services?.map(name);
    if (service === undefined) continue;
    if (MONITORS.includes(name))
      plan.ignore(service.where, "is a monitor and runs nothing: needs probes (not there yet)");
    else readService(name, service, plan, choices);
  }
  const monitoring = file.map("monitoring");
  if (monitoring !== undefined) readMonitoring(monitoring, plan);
  file.ignore(
    "logs of services are rotated by size, as their definitions say; the hub's own go to its standard error",
    "logging",
  );
  file.end();
}

function readService(name: string, service: ForeignFields, plan: PlanBuilder, choices: ImportChoices): void {
  const isEnabled = service.flag("enabled", true);
  const session = service.text("tmux_session");
  const policy = service.text("restart_policy") ?? "always";
  const restartsMax = service.raw("max_restarts") ?? RESTARTS_MAX;
  const delaySeconds = Number(service.raw("restart_delay") ?? DELAY_SECONDS);
  service.ignore(
    "the file does not say what is looked at: add a check to the definition",
    "health_check_interval",
    "health_check_timeout",
    "health_check_retries",
  );
  service.ignore("a service is known by its own process", "process_name");
  service.ignore("what a service writes is kept by Muster", "log_file");
  service.end();
  if (!isEnabled) return plan.ignore(service.where, "it is turned off there");
  const written = choices.commands?.get(name);
  if (written === undefined)
    return plan.ignore(service.where, "the file does not say what command it runs: give it with --command");
  const line = commandFrom(written, undefined);
  if (!line.ok) return plan.ignore(service.where, `${line.why}; another can be given with --command`);
  if (!POLICIES.includes(policy))
    return plan.problem(service.at("restart_policy"), `left out: must be one of ${POLICIES.join(", ")}`);
  const delayMs = Math.round(delaySeconds * 1_000);
  plan.definition(service.where, {
    driver: session === undefined ? "process" : "tmux",
    name: session ?? name,
    fields: {
      description: name.slice(0, 100),
      command: line.command,
      environment: line.environment,
      // The manager waits equally long before each restart.
      restart: { when: policy, restartsMax, delayMs, factor: 1, delayMsMax: Math.max(delayMs, 60_000) },
    },
  });
}

function readMonitoring(monitoring: ForeignFields, plan: PlanBuilder): void {
  const dashboard = monitoring.map("web_dashboard");
  if (dashboard !== undefined) {
    for (const user of dashboard.map("admin_users")?.names() ?? [])
      plan.ignore(
        `user ${quoted(user)}`,
        "hashes of passwords are never taken over: `muster users add` makes the user anew",
      );
    dashboard.ignore("the hub has keys of its own", "secret_key");
    dashboard.ignore("the hub has settings of its own (docs/config.md)", "enabled", "host", "port", "session_timeout");
    dashboard.ignore("nothing is open without signing in", "auth_enabled");
    dashboard.end();
  }
  const alerts = monitoring.map("alerts");
  if (alerts !== undefined) {
    const telegram = ["telegram_enabled", "admin_chat_ids", "alert_levels", "min_interval"];
    alerts.ignore("needs alerts and notifiers (not there yet)", ...telegram);
    alerts.end();
  }
  const metrics = monitoring.map("metrics");
  if (metrics !== undefined) {
    readRetention(metrics, "retention_days", plan);
    metrics.ignore("the hub's own /metrics is always there", "prometheus_export", "prometheus_port");
    metrics.ignore("each server says how often it is read", "collect_interval");
    metrics.end();
  }
  monitoring.end();
}
