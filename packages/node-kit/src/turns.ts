/** Work by key: of one key it follows one another, of several it goes on side by side. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Whether something of a key goes on or waits. */
  has(key: string): boolean {
    return this.#last.has(key);
  }

  /** Does the work when what was taken before under the key is over, however that ended. Settles as the work does. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const done = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const over = done.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(key, over);
    void over.then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    return done;
  }

  /** Resolves when everything that was taken until now is over. */
  async settled(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
