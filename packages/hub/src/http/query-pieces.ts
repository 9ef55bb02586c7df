import { nextTurn } from "@muster/node-kit";
import type { QueryAnswer, QueryLineView } from "@muster/protocol";

/** A line of an answer whose numbers are still packed. */
export type PackedLine = Omit<QueryLineView, "values" | "min" | "max"> & {
  readonly values: Float64Array;
  readonly min?: Float64Array;
  readonly max?: Float64Array;
};

/** About a millisecond of work, after which others have their turn. */
const NUMBERS_A_PIECE = 4_000;

/** The JSON of a `QueryAnswer`, piece by piece: a large one at once would hold up everybody else's requests. */
export async function* queryPieces(
  head: Omit<QueryAnswer, "series">,
  lines: readonly PackedLine[],
): AsyncGenerator<string, void, undefined> {
  let text = `${JSON.stringify(head).slice(0, -1)},"series":[`;
  let written = 0;
  for (const [index, { values, min, max, ...facts }] of lines.entries()) {
    text += `${index === 0 ? "" : ","}${JSON.stringify(facts).slice(0, -1)}`;
    for (const [name, numbers] of Object.entries({ values, ...(min && { min }), ...(max && { max }) })) {
      text += `,"${name}":[`;
      for (let first = 0; first < numbers.length; first += NUMBERS_A_PIECE) {
        const some = numbers.subarray(first, first + NUMBERS_A_PIECE);
        // JSON writes what is not finite as null.
        text += `${first === 0 ? "" : ","}${JSON.stringify([...some]).slice(1, -1)}`;
        written += some.length;
        if (written < NUMBERS_A_PIECE) continue;
        yield text;
        await nextTurn();
        text = "";
        written = 0;
      }
      text += "]";
    }
    text += "}";
    // Lines of few numbers each count by what stands around them.
    written += 20;
  }
  yield `${text}]}`;
}
