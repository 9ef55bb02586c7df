import type { ActingHost, SocketRequest } from "../host.ts";

/** No answer of an engine is read further: a list of a thousand containers has about 2 MiB. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

/** One exchange whose whole answer is text. Throws when it cannot be made or the answer is too long. */
export async function requestText(
  host: ActingHost,
  socketPath: string,
  request: SocketRequest,
  signal: AbortSignal,
): Promise<TextAnswer> {
  // Leaving a body unread keeps its connection: ending this signal ends the exchange, whatever became of it.
  const exchange = new AbortController();
  try {
    const { status, body } = await host.request(socketPath, request, AbortSignal.any([signal, exchange.signal]));
    return { status, text: await readText(body) };
  } finally {
    exchange.abort();
  }
}

/** All of a body. Throws when it is too long. */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`the answer is longer than ${BODY_BYTES_MAX} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
