import { failedBy, notOf } from "./answered.ts";
import type { Delivery, NotifierWay } from "./notifier.ts";
import { below, jsonOf, recordOf, sendJson } from "./send-json.ts";

/** What a message may have, after entities; UTF-16 units are counted, which are never fewer. */
export const TELEGRAM_TEXT_MAX = 4_096;

/** What came of one call. `failed` says why in words for anybody: no address, no token, nothing that was answered. */
export interface TelegramAnswer {
  readonly failed: Extract<Delivery, { readonly outcome: "failed" }> | undefined;
  /** The status of HTTP; undefined where nobody answered. */
  readonly status: number | undefined;
  readonly result: unknown;
  /** Telegram's own words, for comparing only. */
  readonly description: string;
  /** The new number of a group that became a supergroup. */
  readonly movedTo: string | undefined;
}

interface TelegramCall {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly bodyBytesMax?: number;
  /** As `EgressRequest` has it. */
  readonly isFollowUp?: boolean;
}

/** Calls of Telegram's Bot API with one token. */
export class TelegramApi {
  readonly #way: NotifierWay;
  readonly #base: string;
  readonly #ca: string;

  constructor(deps: {
    readonly way: NotifierWay;
    readonly token: string;
    readonly apiUrl: string;
    readonly ca: string;
  }) {
    this.#way = deps.way;
    // The token is part of the address, which is therefore in no detail and no log.
    this.#base = below(deps.apiUrl, `/bot${encodeURIComponent(deps.token).replaceAll("%3A", ":")}`);
    this.#ca = deps.ca;
  }

  /** Never throws. */
  async call({ method, params = {}, ...how }: TelegramCall, signal: AbortSignal): Promise<TelegramAnswer> {
    const url = `${this.#base}/${method}`;
    const answer = await sendJson(this.#way, { url, body: params, ca: this.#ca, ...how }, signal);
    const said = jsonOf(answer);
    const { retry_after: retryAfter, migrate_to_chat_id: movedTo } = recordOf(said["parameters"]);
    const failed = failedBy(answer, () => (typeof retryAfter === "number" ? retryAfter * 1_000 : undefined));
    return {
      failed: failed ?? (said["ok"] === true ? undefined : notOf("Telegram")),
      status: answer.ok ? answer.status : undefined,
      result: said["result"],
      description: typeof said["description"] === "string" ? said["description"] : "",
      movedTo: Number.isSafeInteger(movedTo) ? String(movedTo) : undefined,
    };
  }
}

/** Without a parse mode nothing in a text is markup; what is found in it without being asked for is kept apart. */
export const PLAIN = { link_preview_options: { is_disabled: true } } as const;

/** Whether an edit was refused because the message says all that already, which is what was wanted. */
export const isUnmodified = ({ description }: TelegramAnswer): boolean =>
  description.includes("message is not modified");
