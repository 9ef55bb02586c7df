import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { readFile } from "node:fs/promises";
import type { CertificateFiles } from "@muster/testkit";
import { SMTPServer } from "smtp-server";

/** A mail as it arrived. */
export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly secure: boolean;
  /** Names in lower case, in order, unfolded. */
  readonly headers: readonly (readonly [string, string])[];
  /** Its parts by type, decoded. */
  readonly parts: Readonly<Record<string, string>>;
}

/** At which step it says no, and with what; or what it does in place of SMTP. */
export type MailFault =
  | { readonly at: "auth" | "from" | "to" | "data"; readonly code: number; readonly text: string }
  | "silent"
  | "stuck"
  | "reset"
  | "garbage"
  | "huge"
  | "http";

export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly mails: Mail[];
  connections(): number;
  setFault(fault: MailFault | undefined): void;
}

interface MailServerHow {
  readonly user?: string;
  readonly password?: string;
  readonly certificate?: CertificateFiles;
  /** TLS from the start. */
  readonly implicit?: boolean;
}

/** A real SMTP server on loopback that keeps what it is given; with a certificate it offers STARTTLS and wants it. */
export async function startMailServer({
  user,
  password,
  certificate,
  implicit = false,
}: MailServerHow): Promise<MailServer> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  let fault: MailFault | undefined;
  let count = 0;
  /** The refusal of a step, or nothing; undefined where it never answers. */
  const answer = (at: "auth" | "from" | "to" | "data", done: (error?: Error | null) => void): void => {
    if (fault === "stuck" && at === "to") return;
    const refused = typeof fault === "object" && fault.at === at ? fault : undefined;
    done(refused === undefined ? null : Object.assign(new Error(refused.text), { responseCode: refused.code }));
  };
  const server = new SMTPServer({
    ...{ secure: implicit, allowInsecureAuth: certificate === undefined, authOptional: user === undefined },
    ...{
      disabledCommands: certificate === undefined ? ["STARTTLS"] : [],
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 1,
    },
    ...(certificate !== undefined && {
      cert: await readFile(certificate.certificate),
      key: await readFile(certificate.key),
    }),
    onAuth: (auth, _session, done) =>
      answer("auth", (error) => {
        if (error) return done(error);
        if (auth.username === user && auth.password === password) return done(null, { user: auth.username });
        done(Object.assign(new Error("wrong"), { responseCode: 535 }));
      }),
    onMailFrom: (_address, _session, done) => answer("from", done),
    onRcptTo: (_address, _session, done) => answer("to", done),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () =>
        answer("data", (error) => {
          if (error) return done(error);
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            ...{ user: session.user as string | undefined, secure: session.secure },
            ...parseMail(Buffer.concat(chunks).toString("latin1")),
          });
          done();
        }),
      );
    },
  });
  server.on("error", () => undefined);
  // In front of the server, which never sees what a fault has taken; TLS from the start is the server's own business.
  const front = implicit ? server.server : createServer();
  // What lies under TLS must not be destroyed from here: Node may not survive that.
  front.on(implicit ? "secureConnection" : "connection", (socket: Socket) => {
    count++;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    if (implicit || fault === "silent") return;
    if (fault === "reset") socket.resetAndDestroy();
    else if (fault === "garbage") socket.end("\u0000\u0001 what\r\n");
    else if (fault === "http") socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    else if (fault === "huge") socket.write(`220-${"x".repeat(1_024)}\r\n`.repeat(1_024));
    else server.server.emit("connection", socket);
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  return {
    port: (front.address() as AddressInfo).port,
    mails,
    connections: () => count,
    setFault: (given) => (fault = given),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => front.close(resolve));
    },
  };
}

function parseMail(text: string): Pick<Mail, "headers" | "parts"> {
  const { headers, body } = split(text);
  const type = valueOf(headers, "content-type");
  const boundary = /boundary="([^"]+)"/.exec(type)?.[1];
  const pieces =
    boundary === undefined
      ? [text]
      : body
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((piece) => piece.slice(2));
  const parts = pieces.map((piece) => {
    const part = split(piece);
    return [
      valueOf(part.headers, "content-type").split(";", 1)[0]!,
      decoded(part.body, valueOf(part.headers, "content-transfer-encoding")),
    ];
  });
  return { headers, parts: Object.fromEntries(parts) as Record<string, string> };
}

function split(text: string): { readonly headers: readonly (readonly [string, string])[]; readonly body: string } {
  const end = text.indexOf("\r\n\r\n");
  const lines = text
    .slice(0, end)
    .replaceAll(/\r\n[ \t]/g, " ")
    .split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { headers, body: text.slice(end + 4) };
}

const valueOf = (headers: Mail["headers"], name: string): string => headers.find(([one]) => one === name)?.[1] ?? "";

function decoded(body: string, encoding: string): string {
  const text = body.replace(/\r\n$/, "");
  if (encoding === "base64") return Buffer.from(text, "base64").toString("utf8").replaceAll("\r\n", "\n");
  const plain = encoding === "quoted-printable" ? unquoted(text.replaceAll("=\r\n", "")) : text;
  return Buffer.from(plain, "latin1").toString("utf8").replaceAll("\r\n", "\n");
}

const unquoted = (text: string): string =>
  text.replaceAll(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** A header as people read it. */
export const headerText = ({ headers }: Pick<Mail, "headers">, name: string): string =>
  valueOf(headers, name)
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/(?:=\?utf-8\?[bq]\?[^?]*\?=)+/gi, (words) =>
      Buffer.concat(
        [...words.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, how = "", word = ""]) =>
          how.toLowerCase() === "b"
            ? Buffer.from(word, "base64")
            : Buffer.from(unquoted(word.replaceAll("_", " ")), "latin1"),
        ),
      ).toString("utf8"),
    );
