/** Milliseconds that this thread has computed: other work of the machine does not count. */
const computedMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

export const LENGTH = 25_000;
/** The clock of a thread counts in steps of some milliseconds. */
const MEASURED_MS = 40;
/** In proportion it is 1, with the square of the length 4. */
export const GROWTH_MAX = 2;

/** How much dearer a text is as a whole than in four parts; a busy machine makes both dearer alike. */
export function growth(work: (length: number) => void): number {
  work(4 * LENGTH);
  let times = 1;
  let partsMs = 0;
  for (; ; times *= 2) {
    partsMs = tookMs(work, LENGTH, 4 * times);
    if (partsMs >= MEASURED_MS) break;
  }
  return tookMs(work, 4 * LENGTH, times) / partsMs;
}

function tookMs(work: (length: number) => void, length: number, times: number): number {
  const begunMs = computedMs();
  for (let time = 0; time < times; time++) work(length);
  return computedMs() - begunMs;
}

export const over = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length));
