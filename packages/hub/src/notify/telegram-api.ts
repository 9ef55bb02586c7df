import { createHash } from "node:crypto";
import type { EgressAnswer } from "@muster/node-kit";
import { failedBy, notOf } from "./answered.ts";
import type { Delivery, NotifierWay } from "./notifier.ts";
import { below, jsonOf, recordOf, sendJson } from "./send-json.ts";

/** What a message may have, after entities; UTF-16 units are counted, which are never fewer. */
export const TELEGRAM_TEXT_MAX = 4_096;
/** Below a picture. */
export const TELEGRAM_CAPTION_MAX = 1_024;

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

interface TelegramUpload extends TelegramCall {
  readonly file: {
    readonly field: string;
    /** Ours, as the field: nothing in them needs an escape. */
    readonly fileName: string;
    readonly type: string;
    readonly bytes: Uint8Array;
  };
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
    return answered(await sendJson(this.#way, { url, body: params, ca: this.#ca, ...how }, signal));
  }

  /** The same with a file among the parameters. Never throws. */
  async upload({ method, params = {}, file, ...how }: TelegramUpload, signal: AbortSignal): Promise<TelegramAnswer> {
    const { body, contentType } = formOf(params, file);
    const answer = await this.#way.request(
      {
        ...{ url: `${this.#base}/${method}`, method: "POST", body, headers: { "content-type": contentType }, ...how },
        ...(this.#ca !== "" && { ca: this.#ca }),
      },
      signal,
    );
    return answered(answer);
  }
}

function answered(answer: EgressAnswer): TelegramAnswer {
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

/** A form of several parts. What parts them is made of the file itself, so it stands nowhere in it. */
function formOf(
  params: Readonly<Record<string, unknown>>,
  { field, fileName, type, bytes }: TelegramUpload["file"],
): { readonly body: Buffer; readonly contentType: string } {
  // At most 70 characters may part them.
  const digest = createHash("sha256").update(bytes).update(JSON.stringify(params)).digest("hex");
  const boundary = `muster-${digest.slice(0, 48)}`;
  const part = (head: string): string => `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n`;
  const fields = Object.entries(params).map(
    ([name, value]) => `${part(`name="${name}"`)}\r\n${typeof value === "string" ? value : JSON.stringify(value)}\r\n`,
  );
  const head = `${part(`name="${field}"; filename="${fileName}"`)}content-type: ${type}\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(fields.join("") + head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

/** Without a parse mode nothing in a text is markup; what is found in it without being asked for is kept apart. */
export const PLAIN = { link_preview_options: { is_disabled: true } } as const;

/** Whether an edit was refused because the message says all that already, which is what was wanted. */
export const isUnmodified = ({ description }: TelegramAnswer): boolean =>
  description.includes("message is not modified");
