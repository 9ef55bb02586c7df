import { createHash } from "node:crypto";
import { EGRESS_FAILURES, failureOf } from "@muster/node-kit";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import type { Notice } from "@muster/core";
import { createTransport } from "nodemailer";
import { failedBy } from "../answered.ts";
import type { CreateNotifier, Delivery } from "../notifier.ts";
import { cutText, escapeHtml, lineOf } from "../text.ts";
import { LINK_TEXT, wordsOf } from "../words.ts";

/** More would be folded over several lines, and nobody reads it in a list of mails. */
const SUBJECT_MAX = 200;
const RESPONSE_BYTES_MAX = 64 * 1024;

export const createEmailNotifier: CreateNotifier<"email"> = (settings, { clock, log, way, secret = "" }) => {
  const { host, port, security, user, from, fromName, to, ca } = settings;

  /** One mail over a connection that the way has made, so that its address was checked. */
  async function send(connection: Duplex, notice: Notice, signal: AbortSignal): Promise<Delivery> {
    const transport = createTransport({
      ...{ host, port, secure: security === "tls", maxResponseSize: RESPONSE_BYTES_MAX },
      // Neither may be talked out of a secure connection: with `starttls` nothing is said before there is one.
      ...{ requireTLS: security === "starttls", ignoreTLS: security === "none" },
      ...{ disableFileAccess: true, disableUrlAccess: true, name: "muster" },
      ...(user !== "" && { auth: { user, pass: secret } }),
      tls: { minVersion: "TLSv1.2", rejectUnauthorized: true, ...(ca !== "" && { ca }) },
      getSocket: (_options, done) => done(null, { connection: connection as Socket }),
    });
    try {
      const { rejected } = await transport.sendMail({ ...mailOf(notice), signal });
      // Again for those would be twice for the others.
      if (rejected.length > 0)
        log.warn("a mail server took a mail not for all recipients", { host, refused: rejected.length });
      return { outcome: "sent" };
    } catch (error) {
      return failedOf(error, signal);
    } finally {
      transport.close();
      connection.destroy();
    }
  }

  function mailOf(notice: Notice) {
    const { head, lines, url } = wordsOf(notice);
    const domain = from.includes("@") ? from.slice(from.lastIndexOf("@") + 1) : "muster.invalid";
    const incident = `<incident.${digestOf(notice.incidentId)}@${domain}>`;
    return {
      from: { name: lineOf(fromName, 100), address: from },
      to: to.map((address) => ({ name: "", address })),
      subject: cutText(head, SUBJECT_MAX),
      date: new Date(clock.now()),
      // The same at each attempt, so that a mail server or reader can tell that it has it.
      messageId: `<notice.${digestOf(notice.key)}@${domain}>`,
      // All of one incident name the same mail, which need not exist for a reader to put them together.
      ...(notice.incidentId !== "" && { inReplyTo: incident, references: [incident] }),
      // Nobody's out-of-office reply is wanted.
      headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
      text: [head, "", ...lines, ...(url === undefined ? [] : ["", url])].join("\n"),
      html: htmlOf(head, lines, url),
    };
  }

  return {
    async deliver(notice, _ref, signal) {
      const connected = await way.connect(host, port, signal);
      return connected.ok ? send(connected.socket, notice, signal) : failedBy(connected)!;
    },
  };
};

const htmlOf = (head: string, lines: readonly string[], url: string | undefined): string =>
  [
    `<p><strong>${escapeHtml(head)}</strong></p>`,
    ...(lines.length > 0 ? [`<p>${lines.map(escapeHtml).join("<br>\n")}</p>`] : []),
    ...(url === undefined ? [] : [`<p><a href="${escapeHtml(url)}">${LINK_TEXT}</a></p>`]),
  ].join("\n");

/** Whatever an id looks like, it can stand in a header. */
const digestOf = (id: string): string => createHash("sha256").update(id).digest("hex").slice(0, 32);

/** What went wrong with a mail, in our words: the server's own may hold anything. */
function failedOf(error: unknown, signal: AbortSignal): Delivery {
  const { code, originalCode, responseCode } = error as {
    code?: unknown;
    originalCode?: unknown;
    responseCode?: unknown;
  };
  const failed = (detail: string, retry: "later" | "never" | "lasting"): Delivery => ({
    outcome: "failed",
    detail,
    retry,
  });
  if (signal.aborted) return failed(EGRESS_FAILURES["timed-out"], "later");
  if (code === "ETLS") return failed(EGRESS_FAILURES.tls, "later");
  if (typeof responseCode === "number") {
    const what =
      code === "EAUTH"
        ? "the login was refused"
        : code === "EENVELOPE"
          ? "sender or recipients were refused"
          : "the mail was refused";
    const isLasting = code === "EAUTH" || code === "EENVELOPE";
    return failed(`${what} with ${responseCode}`, responseCode < 500 ? "later" : isLasting ? "lasting" : "never");
  }
  // Not even sent, because there is nobody it could go to or come from.
  if (code === "EENVELOPE") return failed("there is no valid sender or recipient", "lasting");
  return failed(WHYS[String(code)] ?? EGRESS_FAILURES[failureOf({ code: originalCode ?? code })], "later");
}

const WHYS: Readonly<Record<string, string>> = {
  ENOAUTH: "it asks for a login",
  EPROTOCOL: "what answers is no mail server",
  ECONNECTION: EGRESS_FAILURES.reset,
};
