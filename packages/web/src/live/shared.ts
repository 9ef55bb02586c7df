/** One piece of work for however many want it done: the first starts it, the last ends it. */
export function shared(start: () => () => void): () => () => void {
  let users = 0;
  let stop: (() => void) | undefined;
  return () => {
    if (users++ === 0) stop = start();
    let isUser = true;
    return () => {
      if (!isUser) return;
      isUser = false;
      if (--users === 0) stop?.();
    };
  };
}
