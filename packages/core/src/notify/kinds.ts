import { discordNotifier } from "./kinds/discord.ts";
import { emailNotifier } from "./kinds/email.ts";
import { gotifyNotifier } from "./kinds/gotify.ts";
import { logNotifier } from "./kinds/log.ts";
import { matrixNotifier } from "./kinds/matrix.ts";
import { mattermostNotifier } from "./kinds/mattermost.ts";
import { ntfyNotifier } from "./kinds/ntfy.ts";
import { opsgenieNotifier } from "./kinds/opsgenie.ts";
import { pagerdutyNotifier } from "./kinds/pagerduty.ts";
import { pushoverNotifier } from "./kinds/pushover.ts";
import { slackNotifier } from "./kinds/slack.ts";
import { teamsNotifier } from "./kinds/teams.ts";
import { telegramNotifier } from "./kinds/telegram.ts";
import { webhookNotifier } from "./kinds/webhook.ts";
import type { NotifierKindEntry } from "./notifier-kind-entry.ts";

/** Every kind of notifier. What tells is in the hub, one folder a kind. */
export const NOTIFIER_KINDS = {
  telegram: telegramNotifier,
  email: emailNotifier,
  slack: slackNotifier,
  discord: discordNotifier,
  teams: teamsNotifier,
  mattermost: mattermostNotifier,
  ntfy: ntfyNotifier,
  gotify: gotifyNotifier,
  pushover: pushoverNotifier,
  pagerduty: pagerdutyNotifier,
  opsgenie: opsgenieNotifier,
  matrix: matrixNotifier,
  webhook: webhookNotifier,
  log: logNotifier,
} as const satisfies Readonly<Record<string, NotifierKindEntry<never> | NotifierKindEntry>>;

export type NotifierKindName = keyof typeof NOTIFIER_KINDS;
export const NOTIFIER_KIND_NAMES = Object.keys(NOTIFIER_KINDS) as readonly NotifierKindName[];

/** The settings that a kind reads. */
export type NotifierSettingsOf<K extends NotifierKindName> = Parameters<(typeof NOTIFIER_KINDS)[K]["target"]>[0];

/** A kind by its name, without the types of its own settings. */
export const notifierEntry = (kind: NotifierKindName): NotifierKindEntry =>
  NOTIFIER_KINDS[kind] as unknown as NotifierKindEntry;
