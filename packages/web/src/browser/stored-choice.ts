import { Observable } from "./observable.ts";

/** A choice of the person at this browser, kept across visits. What cannot be read back is forgotten. */
export class StoredChoice<T> extends Observable<T> {
  readonly #key: string;

  constructor(key: string, fallback: T, accepts: (value: unknown) => value is T) {
    super(read(key, fallback, accepts));
    this.#key = key;
  }

  override set(value: T): void {
    super.set(value);
    try {
      localStorage.setItem(this.#key, JSON.stringify(value));
    } catch {
      // Storage may be full or forbidden; the choice then lasts as long as the page.
    }
  }
}

function read<T>(key: string, fallback: T, accepts: (value: unknown) => value is T): T {
  try {
    const text = localStorage.getItem(key);
    const value: unknown = text === null ? undefined : JSON.parse(text);
    return accepts(value) ? value : fallback;
  } catch {
    return fallback;
  }
}
