import { isApiError } from "../api/api-error.ts";

/**
 * What is wrong at which input: what a form sees itself, and what the hub said. `inputOf`: the input at which a path of the
 * hub, such as `condition.levels.0.threshold`, is told; `textOf`: a sentence in the language in use.
 */
export function problemsAtInputs(
  seen: Readonly<Record<string, string>>,
  error: unknown,
  inputOf: (path: string) => string,
  textOf: (sentence: string) => string,
): Readonly<Record<string, string>> {
  const told = isApiError(error)
    ? Object.entries(error.fields).map(([path, sentence]) => [inputOf(path), sentence] as const)
    : [];
  return Object.fromEntries([...told, ...Object.entries(seen)].map(([input, sentence]) => [input, textOf(sentence)]));
}
