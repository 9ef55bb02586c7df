/** Resolves when everything else that waits for the event loop had its turn, so that long work holds nobody up. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
