/** Later than this the hub is asked anew: nothing old may be shown as fresh. */
const TAKEN_WITHIN_MS = 10_000;

interface EarlyAnswer {
  readonly askedAt: number;
  readonly answer: Promise<Response>;
}

const early = new Map<string, EarlyAnswer>();

/**
 * Asks the hub before the code that needs the answer is there, so that both travel at once. This file stands alone and
 * imports nothing, because it runs before everything else.
 */
export function askEarly(path: string): Promise<Response> {
  const answer = fetch(path, {
    headers: { accept: "application/json" },
    credentials: "same-origin",
    cache: "no-store",
  });
  // Nobody may come for it; whoever does hears of the failure.
  answer.catch(() => undefined);
  early.set(path, { askedAt: performance.now(), answer });
  return answer;
}

/** Hands out an answer that was asked for early, once, and only while it is fresh. */
export function takeEarly(path: string): Promise<Response> | undefined {
  const found = early.get(path);
  early.delete(path);
  return found && performance.now() - found.askedAt < TAKEN_WITHIN_MS ? found.answer : undefined;
}
