import type { IncomingMessage } from "node:http";
import { MusterError } from "@muster/core";

/** A refusal is short; what is longer is not ours. */
const REFUSAL_BYTES_MAX = 256 * 1024;

/** All of a refusal's text, as far as it is one. */
export async function refusalText(response: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const part of response) {
    text += part.toString("utf8");
    if (text.length > REFUSAL_BYTES_MAX) break;
  }
  return text;
}

/** The parts of an answer as they come. Throws HUB_UNREACHABLE where it ends before it is whole. */
export async function* wholeAnswer(response: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  const broken = (cause?: unknown): MusterError =>
    new MusterError(
      "HUB_UNREACHABLE",
      {
        message:
          "The hub broke the answer off: what came is not all. Ask again, for a shorter range if it was a long one.",
      },
      cause,
    );
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (error) {
    throw broken(error);
  }
  if (!response.complete) throw broken();
}
