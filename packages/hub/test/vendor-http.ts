import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import type { CertificateFiles } from "@muster/testkit";

/** A request as a vendor gets it. */
export interface VendorRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** The same as it came, for what is no text. */
  readonly bytes: Buffer;
  /** What the text says as JSON; empty where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Aborts when whoever asked is gone. */
  readonly gone: AbortSignal;
}

export interface VendorReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, or as it is where it is text. */
  readonly body?: unknown;
}

/** What a server does in place of its work. */
export type VendorFault = VendorReply | "hang" | "trickle" | "reset" | "garbage" | "huge";

/** A vendor's server on loopback: keeps its rules, and goes wrong as told. */
export interface VendorServer extends AsyncDisposable {
  readonly url: string;
  /** All that came, also what was refused. */
  readonly requests: VendorRequest[];
  /** For all requests from now on, or for the next ones in turn. */
  setFault(...faults: readonly (VendorFault | undefined)[]): void;
}

const HUGE = "x".repeat(1_024 * 1_024);

/** `answer`: what the vendor says, perhaps later; a text that it throws is the refusal of what breaks its rules. */
export async function startVendor(
  answer: (request: VendorRequest) => VendorFault | Promise<VendorFault>,
  certificate?: CertificateFiles,
): Promise<VendorServer> {
  const requests: VendorRequest[] = [];
  let faults: (VendorFault | undefined)[] = [];
  const take = async (incoming: IncomingMessage, respond: (fault: VendorFault) => void): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const text = bytes.toString("utf8");
    const gone = new AbortController();
    incoming.socket.once("close", () => gone.abort());
    const url = new URL(incoming.url ?? "", "http://vendor");
    const request: VendorRequest = {
      ...{
        method: incoming.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        ...{ text, bytes },
      },
      ...{ json: parsed(text), gone: gone.signal },
    };
    requests.push(request);
    const fault = faults.length > 1 ? faults.shift() : faults[0];
    if (fault !== undefined) return respond(fault);
    try {
      respond(await answer(request));
    } catch (refusal) {
      respond({ status: 400, body: { refused: (refusal as Error).message } });
    }
  };
  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    void take(incoming, (fault) => {
      const { socket } = incoming;
      if (fault === "hang") return;
      if (fault === "reset") return void socket.resetAndDestroy();
      if (fault === "garbage") return void socket.end("\u0000\u0001 what\r\n\r\n");
      if (fault === "trickle") return void response.writeHead(200).write("{");
      if (fault === "huge") return void response.writeHead(200).end(HUGE);
      const { status, headers = {}, body = "" } = fault;
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    }).catch(() => undefined);
  };
  const server: Server =
    certificate === undefined
      ? createServer(onRequest)
      : createSecureServer(
          { cert: await readFile(certificate.certificate), key: await readFile(certificate.key) },
          onRequest,
        );
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `${certificate === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    setFault: (...given) => (faults = [...given]),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function parsed(text: string): VendorRequest["json"] {
  try {
    return JSON.parse(text) as VendorRequest["json"];
  } catch {
    return {};
  }
}

/** Refuses what breaks a vendor's rules. */
export function must(holds: boolean, why: string): asserts holds {
  if (!holds) throw new Error(why);
}

/** A text of so many characters at most, as the vendor counts them. */
export function mustBeText(value: unknown, max: number, name: string): asserts value is string {
  must(typeof value === "string" && value !== "", `${name} is no text`);
  must(value.length <= max, `${name} has ${value.length} of ${max} characters`);
}
