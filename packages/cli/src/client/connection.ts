import { readFileSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { MusterError } from "@muster/core";

/** What makes a hub's TLS certificate trusted. There is deliberately no third way. */
export type Trust =
  | {
      readonly by: "authorities";
      /** A PEM file to use instead of the machine's authorities. */ readonly caFile?: string;
    }
  /** Exactly this certificate: SHA-256 of it in upper-case hex with colons. */
  | { readonly by: "fingerprint"; readonly fingerprint: string };

/** The hub's certificate is not trusted; carries its fingerprint, so that a person can be asked. */
export class CertificateNotTrusted extends MusterError {
  readonly fingerprint: string;

  constructor(message: string, fingerprint: string, cause?: unknown) {
    super("HUB_NOT_TRUSTED", { message }, cause);
    this.fingerprint = fingerprint;
  }
}

const FINGERPRINT = /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/;

/** A SHA-256 fingerprint as people paste it (with or without colons, any case, "sha256:" before it), in one form; undefined when it is none. */
export function normalFingerprint(text: string): string | undefined {
  const digits = text
    .trim()
    .replace(/^sha-?256[:= ]/i, "")
    .replaceAll(/[:\s]/g, "")
    .toUpperCase();
  const withColons = digits.match(/../g)?.join(":") ?? "";
  return FINGERPRINT.test(withColons) && digits.length === 64 ? withColons : undefined;
}

/**
 * An open connection to the hub on which nothing has been sent yet and whose peer is trusted. Throws HUB_UNREACHABLE
 * with the reason, or CertificateNotTrusted.
 */
export async function openConnection(url: URL, trust: Trust, signal: AbortSignal): Promise<Socket> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (url.protocol === "http:") return opened(connectPlain({ host, port }), "connect", url, signal);
  const ca = trust.by === "authorities" && trust.caFile ? { ca: readAuthorities(trust.caFile) } : {};
  // The verdict is taken below and always before the first byte: TLS must finish so that a refusal can name the fingerprint.
  const socket = connectTls({
    host,
    port,
    ...(isAddress(host) ? {} : { servername: host }),
    ...ca,
    rejectUnauthorized: false,
  });
  await opened(socket, "secureConnect", url, signal);
  try {
    judge(socket, url, trust);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return socket;
}

function judge(socket: TLSSocket, url: URL, trust: Trust): void {
  const certificate: DetailedPeerCertificate = socket.getPeerCertificate(true);
  const fingerprint = certificate.fingerprint256 ?? "";
  if (trust.by === "fingerprint") {
    if (fingerprint === trust.fingerprint) return;
    throw new CertificateNotTrusted(
      `The certificate of ${url.origin} has the fingerprint ${fingerprint}, not the remembered ${trust.fingerprint}. ` +
        "If it was renewed on purpose, run `muster login` again; if not, somebody is between you and the hub.",
      fingerprint,
    );
  }
  if (socket.authorized) return;
  const reason = socket.authorizationError;
  throw new CertificateNotTrusted(
    `The certificate of ${url.origin} is not trusted (${reason instanceof Error ? reason.message : String(reason)}). ` +
      `Its SHA-256 fingerprint is ${fingerprint}. Compare it with the hub's own, which \`muster up\` shows, then run ` +
      `\`muster login --url ${url.origin} --trust-fingerprint …\`, or name its authority with --ca FILE.`,
    fingerprint,
    reason,
  );
}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(":");

function readAuthorities(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new MusterError(
      "CONFIG_INVALID",
      { message: `The file of --ca cannot be read: ${(error as Error).message}.` },
      error,
    );
  }
}

function opened<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  url: URL,
  signal: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      signal.removeEventListener("abort", abort);
      socket.off("error", fail);
      act();
    };
    const fail = (error: Error): void => settle(() => reject(unreachable(url, error)));
    const abort = (): void => {
      socket.destroy();
      settle(() => reject(unreachable(url, signal.reason)));
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", fail);
    socket.once(event, () => settle(() => resolve(socket)));
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; is the hub running?",
  ENOTFOUND: "the name is not known",
  EAI_AGAIN: "the name cannot be looked up now",
  EHOSTUNREACH: "there is no route to it",
  ENETUNREACH: "there is no network to it",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "it closed the connection; perhaps the address needs https:// instead of http://, or the other way round",
  EPROTO: "it does not speak TLS; perhaps the address needs http://",
  TimeoutError: "it did not answer in time",
};

/** HUB_UNREACHABLE with what went wrong in words. */
export function unreachable(url: URL, cause: unknown): MusterError {
  const error = cause instanceof AggregateError && cause.errors[0] instanceof Error ? cause.errors[0] : cause;
  const key =
    error instanceof Error ? ("code" in error && typeof error.code === "string" ? error.code : error.name) : "";
  const reason = REASONS[key] ?? (key.startsWith("ERR_SSL_") ? REASONS["EPROTO"] : undefined);
  const words = reason ?? (error instanceof Error ? error.message : String(error));
  return new MusterError("HUB_UNREACHABLE", { message: `The hub at ${url.origin} cannot be reached: ${words}` }, cause);
}
