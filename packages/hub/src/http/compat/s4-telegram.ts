import { MusterError, ruleProblems } from "@muster/core";
import type { RuleDefinition } from "@muster/core";
import type { NotifierView, RouteAnswer, RuleView } from "@muster/protocol";
import { z } from "zod";
import { bodyOf, ok, reply } from "./compat-handler.ts";
import type { CompatHandlers, CompatReply, CompatRequest, RouteCall } from "./compat-handler.ts";
import type { S4 } from "./compat-table.ts";
import { percent } from "./units.ts";

/** Their names of numbers, the rules of ours whose first level is the threshold, and our numbers from theirs. */
const THRESHOLDS = {
  ram_used_percent: { origin: "memory", fromTheirs: (value: number) => value / 100, toTheirs: percent },
  disk_usage_percent: { origin: "disk", fromTheirs: (value: number) => value / 100, toTheirs: percent },
  cpu_temperature_c: {
    origin: "temperature",
    fromTheirs: (value: number) => value,
    toTheirs: (value: number) => value,
  },
} as const;
type ThresholdName = keyof typeof THRESHOLDS;
const THRESHOLD_NAMES = Object.keys(THRESHOLDS) as readonly ThresholdName[];

const settings = z.object({
  bot_token: z.string().min(1).max(200).nullish(),
  default_chat_id: z.union([z.string().min(1).max(64), z.int()]).nullish(),
  warn_thresholds: z.record(z.string().max(64), z.number().finite().min(0).max(1_000)).nullish(),
  is_active: z.boolean().nullish(),
});

type S4Telegram = Pick<
  CompatHandlers<typeof S4>,
  Extract<keyof CompatHandlers<typeof S4>, `${string} /telegram/${string}`>
>;

/** That suite has one bot and one chat: here the Telegram notifier that was made first. */
export function s4TelegramHandlers(): S4Telegram {
  return {
    "GET /telegram/settings": async ({ call }) => ok(settingsOf(await botOf(call), await rulesOf(call))),

    "PUT /telegram/settings": async (request) => {
      const { call } = request;
      const {
        bot_token: secret,
        default_chat_id: chat,
        warn_thresholds: thresholds,
        is_active: isActive,
      } = bodyOf(request, settings);
      const rules = await rulesOf(call);
      const changes = changedRules(rules, thresholds ?? {});
      const bot = await botOf(call);
      const chatId = chat === undefined || chat === null ? undefined : String(chat);
      const isTold = secret || chatId !== undefined || typeof isActive === "boolean";
      if (bot === undefined && isTold && (!secret || chatId === undefined))
        throw new MusterError("BAD_REQUEST", {
          fields: { "body.bot_token": "and default_chat_id are needed while there is no Telegram notifier" },
        });
      const parts = {
        ...(secret && { secret }),
        ...(typeof isActive === "boolean" && { isEnabled: isActive }),
      };
      const next =
        bot === undefined
          ? isTold
            ? await call("POST /api/v1/notifiers", {
                body: { kind: "telegram", name: "Telegram", settings: { chatId: chatId ?? "" }, ...parts },
              })
            : undefined
          : isTold
            ? await call("PATCH /api/v1/notifiers/{id}", {
                params: { id: bot.id },
                body: { ...parts, ...(chatId !== undefined && { settings: { ...bot.settings, chatId } }) },
              })
            : bot;
      for (const { id, definition } of changes)
        await call("PUT /api/v1/rules/{id}", { params: { id }, body: definition });
      return ok(settingsOf(next, changes.length === 0 ? rules : await rulesOf(call)));
    },

    "POST /telegram/send/stats": (request) => send(request, "stats"),
    "POST /telegram/send/warn": (request) => send(request, "warn"),
  };
}

async function send({ call }: CompatRequest, report: "stats" | "warn"): Promise<CompatReply> {
  const bot = await botOf(call);
  if (bot === undefined) throw new MusterError("NOT_FOUND", { message: "There is no Telegram notifier." });
  const sent = await call("POST /api/v1/notifiers/{id}/messages", { params: { id: bot.id }, body: { report } });
  return sent.outcome === "sent"
    ? ok({ status: "sent", message: sent.text })
    : reply(502, { detail: `Telegram did not take it: ${sent.detail}` });
}

/** The one that was made first. */
async function botOf(call: RouteCall): Promise<NotifierView | undefined> {
  const { items } = await call("GET /api/v1/notifiers");
  return items
    .filter(({ kind }) => kind === "telegram")
    .toSorted((one, other) => one.createdAt - other.createdAt || one.id.localeCompare(other.id))[0];
}

const rulesOf = async (call: RouteCall): Promise<RouteAnswer<"GET /api/v1/rules">["items"]> =>
  (await call("GET /api/v1/rules")).items;

/** The rule of ours behind a threshold, where it is there still and has a level to be changed. */
function measured(rules: readonly RuleView[], name: ThresholdName) {
  const rule = rules.find(({ origin }) => origin === THRESHOLDS[name].origin);
  const condition = rule?.condition;
  const [first, ...others] = condition?.is === "metric" ? condition.levels : [];
  return rule === undefined || condition?.is !== "metric" || first === undefined
    ? undefined
    : { rule, condition, first, others };
}

/** A token is a secret and never comes back (CP13). */
const settingsOf = (bot: NotifierView | undefined, rules: readonly RuleView[]) => ({
  bot_token: null,
  default_chat_id: bot === undefined ? null : String(bot.settings["chatId"] ?? ""),
  warn_thresholds: Object.fromEntries(
    THRESHOLD_NAMES.flatMap((name) => {
      const found = measured(rules, name);
      return found === undefined ? [] : [[name, THRESHOLDS[name].toTheirs(found.first.threshold)] as const];
    }),
  ),
  is_active: bot?.isEnabled ?? false,
});

/** What each threshold makes of its rule. Throws BAD_REQUEST for one that there is not: silence would seem to set it. */
function changedRules(rules: readonly RuleView[], wanted: Readonly<Record<string, number>>) {
  return Object.entries(wanted).map(([name, theirs]) => {
    const field = `body.warn_thresholds.${name.slice(0, 40)}`;
    const known = THRESHOLD_NAMES.find((one) => one === name);
    if (known === undefined)
      throw new MusterError("BAD_REQUEST", {
        fields: { [field]: `is not known: there are ${THRESHOLD_NAMES.join(", ")}` },
      });
    const found = measured(rules, known);
    if (found === undefined)
      throw new MusterError("BAD_REQUEST", {
        fields: { [field]: `its rule "${THRESHOLDS[known].origin}" is not there any more` },
      });
    const { rule, condition, first, others } = found;
    const threshold = THRESHOLDS[known].fromTheirs(theirs);
    const {
      id,
      origin: _origin,
      createdAt: _createdAt,
      openCount: _openCount,
      logTroubles: _troubles,
      ...definition
    } = rule;
    // It must stay well for as much below the threshold as it had to before.
    const clearAt = condition.clearAt === null ? null : threshold - (first.threshold - condition.clearAt);
    const changed = {
      ...definition,
      condition: { ...condition, levels: [{ ...first, threshold }, ...others], clearAt },
    };
    // Before anything is changed: the route would only find it when the notifier is another one already.
    const problem = Object.values(ruleProblems(changed as RuleDefinition))[0];
    if (problem !== undefined) throw new MusterError("BAD_REQUEST", { fields: { [field]: problem } });
    return { id, definition: changed };
  });
}
