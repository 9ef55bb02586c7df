import { equalBytes, randomToken } from "@muster/node-kit";

/**
 * The code of the one-time sign-up link. It lives in this process only and is printed on the console, so whoever can
 * read the console of a fresh hub, and nobody else, makes the first administrator.
 */
export class SetupCode {
  #code: string | undefined = randomToken(24);

  get current(): string | undefined {
    return this.#code;
  }

  fits(code: string): boolean {
    return this.#code !== undefined && equalBytes(Buffer.from(code), Buffer.from(this.#code));
  }

  spend(): void {
    this.#code = undefined;
  }
}
