/**
 * A process that can be stopped between any two steps: whatever goes through it is counted before and after it is done, and
 * when the count is reached, nothing that was begun goes on.
 */
export class Mortal {
  #stepsLeft: number;
  #isDead = false;
  /** How many steps there were. */
  steps = 0;
  readonly onDeath: () => void;

  constructor(stepsLeft: number, onDeath: () => void) {
    this.#stepsLeft = stepsLeft;
    this.onDeath = onDeath;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.onDeath();
  }

  /** Never settles once the process is dead. */
  async step(): Promise<void> {
    this.steps++;
    if (!this.#isDead && --this.#stepsLeft <= 0) this.kill();
    if (this.#isDead) await new Promise<never>(() => undefined);
  }

  /** The same part, with a step before and after each of its methods that answers later, which are named. */
  between = <T extends object>(part: T, later: ReadonlySet<string> = LATER): T =>
    new Proxy(part, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]): unknown => {
          const call = (): unknown => (value as (...args: unknown[]) => unknown).apply(target, args);
          if (!later.has(String(name))) return this.#isDead ? undefined : call();
          return (async () => {
            await this.step();
            const answer = await call();
            await this.step();
            return answer;
          })();
        };
      },
    });
}

/**
 * Methods whose answer comes later, outside of transactions: one that a dead process left open is rolled back as a whole,
 * so that its inside has no steps.
 */
const LATER = new Set([
  ...["append", "appendAll", "noteSent", "byId", "deliver"],
  ...["save", "next", "ref", "sent", "postponed", "failed", "keepState", "secret", "request"],
  ...["account", "addBatch", "claim", "renew"],
]);
