import { inTemplates } from "@muster/core";
import type { NoticeTemplates, NotifierKindName, ProbeSettings } from "@muster/core";
import { createDiscordNotifier } from "./discord/discord-notifier.ts";
import { createEmailNotifier } from "./email/email-notifier.ts";
import { createGotifyNotifier } from "./gotify/gotify-notifier.ts";
import { createLogNotifier } from "./log/log-notifier.ts";
import { createMatrixNotifier } from "./matrix/matrix-notifier.ts";
import { createMattermostNotifier } from "./mattermost/mattermost-notifier.ts";
import type { CreateNotifier, Notifier, NotifierDeps } from "./notifier.ts";
import { createNtfyNotifier } from "./ntfy/ntfy-notifier.ts";
import { createOpsgenieNotifier } from "./opsgenie/opsgenie-notifier.ts";
import { createPagerdutyNotifier } from "./pagerduty/pagerduty-notifier.ts";
import { createPushoverNotifier } from "./pushover/pushover-notifier.ts";
import { createSlackNotifier } from "./slack/slack-notifier.ts";
import { createTeamsNotifier } from "./teams/teams-notifier.ts";
import { createTelegramNotifier } from "./telegram/telegram-notifier.ts";
import { createWebhookNotifier } from "./webhook/webhook-notifier.ts";

const KINDS: { readonly [K in NotifierKindName]: CreateNotifier<K> } = {
  telegram: createTelegramNotifier,
  email: createEmailNotifier,
  slack: createSlackNotifier,
  discord: createDiscordNotifier,
  teams: createTeamsNotifier,
  mattermost: createMattermostNotifier,
  ntfy: createNtfyNotifier,
  gotify: createGotifyNotifier,
  pushover: createPushoverNotifier,
  pagerduty: createPagerdutyNotifier,
  opsgenie: createOpsgenieNotifier,
  matrix: createMatrixNotifier,
  webhook: createWebhookNotifier,
  log: createLogNotifier,
};

/** A notifier of any kind, with settings that its entry has checked; it tells in the words of its own templates. */
export function createNotifier(kind: NotifierKindName, settings: ProbeSettings, deps: NotifierDeps): Notifier {
  const notifier = (KINDS[kind] as CreateNotifier<never>)(settings as never, deps);
  const templates = templatesOf(settings);
  return {
    ...notifier,
    deliver: (notice, ref, signal) => notifier.deliver(inTemplates(notice, templates), ref, signal),
  };
}

/** A kind that has none of them is told as it is. */
export const templatesOf = ({ titleTemplate = "", textTemplate = "" }: ProbeSettings): NoticeTemplates => ({
  titleTemplate: String(titleTemplate),
  textTemplate: String(textTemplate),
});
