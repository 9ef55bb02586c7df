import type { ProbeSettings } from "@muster/core";
import { CANARY, innerAnswer } from "./notifier.contract.ts";
import type { Fault, Told, VendorRules } from "./notifier.contract.ts";
import { startVendor } from "./vendor-http.ts";
import type { VendorFault, VendorReply, VendorRequest } from "./vendor-http.ts";

interface HttpVendor extends Pick<VendorRules, "kind" | "knowsItsVendor" | "isData"> {
  readonly settings?: (url: string) => ProbeSettings;
  /** The canary is in it. */
  readonly secret: (url: string) => string;
  /** What it says to one request; what it throws breaks its rules. Called anew for each server. */
  readonly answer: () => (request: VendorRequest) => VendorReply;
  /** What people see of a request that was taken. */
  readonly told: (request: VendorRequest) => Told;
  /** How it says that it is busy; 429 and seven seconds in a header unless told. */
  readonly busy?: VendorReply;
  readonly busyWaitMs?: number;
}

/** A vendor that is spoken to by HTTP, for the contract. */
export const httpRules = ({ busy, busyWaitMs = 7_000, ...vendor }: HttpVendor): VendorRules => ({
  ...{ kind: vendor.kind, knowsItsVendor: vendor.knowsItsVendor, busyWaitMs },
  ...(vendor.isData === true && { isData: true }),
  async start(certificate) {
    const taken: Told[] = [];
    const answer = vendor.answer();
    const server = await startVendor((request) => {
      const reply = answer(request);
      if (reply.status < 300) taken.push(vendor.told(request));
      return reply;
    }, certificate);
    const secret = vendor.secret(server.url);
    const inner = {
      ok: false,
      error: innerAnswer(secret),
      description: innerAnswer(secret),
      message: innerAnswer(secret),
    };
    const faults: Readonly<Record<Fault, VendorFault>> = {
      refusal: { status: 400, body: inner },
      unauthorized: { status: 401, body: inner },
      forbidden: { status: 403, body: inner },
      busy: busy ?? { status: 429, headers: { "retry-after": "7" }, body: inner },
      broken: { status: 502, body: `<html>${innerAnswer(secret)}</html>` },
      ...{ hang: "hang", trickle: "trickle", reset: "reset", garbage: "garbage", huge: "huge" },
      unreadable: { status: 200, body: `<html>${innerAnswer(secret)}</html>` },
    };
    return {
      ...{ settings: vendor.settings?.(server.url) ?? {}, secret, told: () => taken },
      count: () => server.requests.length,
      setFault: (fault) => server.setFault(fault && faults[fault]),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
});

/** A secret of letters and digits, as long as a vendor's are. */
export const secretOf = (length: number): string => CANARY.padEnd(length, "a1b2");

/** Markdown without what a backslash makes plain, and without our own link; what is left must have none of it. */
export const markdownLeft = (text: string, url: string): string =>
  text.replaceAll(`[Open in Muster](${url})`, url).replaceAll(/\\[^A-Za-z0-9\s]/g, "");
export const MARKDOWN = /[\\`*_~|<>[\]#]|^\s*(?:[-+>]|\d+\.)\s/m;

/** Whether all ampersands begin a whole entity, and no angle is left. */
export const isEscapedHtml = (text: string): boolean => !/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/.test(text);
