import * as crypto from "node:crypto";
import { promisify } from "node:util";

/** argon2id with 19 MiB and two passes (security.md section 4; OWASP's first choice). */
const ARGON2 = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
/** Where Node has no argon2 (before 24.7): scrypt N=2^17, r=8, p=1. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;
/** So many hashes at once: each takes up to 128 MiB, and a flood of log-ins must not take the machine. */
const PARALLEL_HASHES = 2;

type Argon2 = (
  algorithm: "argon2id",
  parameters: Record<string, unknown>,
  callback: (error: Error | null, key: Buffer) => void,
) => void;
const argon2 = (crypto as unknown as { argon2?: Argon2 }).argon2;
const argon2Async = argon2 ? promisify(argon2) : undefined;
const scryptAsync = promisify<crypto.BinaryLike, crypto.BinaryLike, number, crypto.ScryptOptions, Buffer>(
  crypto.scrypt,
);

/** Hashes passwords, a few at a time; the waiting line is bounded by the throttle in front of it. */
export class PasswordHasher {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** A self-describing hash: `$argon2id$m=…,t=…,p=…$salt$hash` (PHC string format). */
  async hash(password: string): Promise<string> {
    const salt = crypto.randomBytes(16);
    const key = await this.#inTurn(() =>
      argon2Async ? argon2Key(password, salt, ARGON2) : scryptKey(password, salt, SCRYPT),
    );
    return `${PARAMETERS}$${base64(salt)}$${base64(key)}`;
  }

  /** Whether a stored hash was made with other parameters than today's. */
  isOutdated(stored: string): boolean {
    return !stored.startsWith(`${PARAMETERS}$`);
  }

  /** Whether the password fits. With no stored hash the same work is done, so that an unknown user takes as long. */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const parsed = parseHash(stored ?? DUMMY_HASH);
    const key = await this.#inTurn(() => parsed.derive(password));
    return crypto.timingSafeEqual(key, parsed.key) && stored !== undefined;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= PARALLEL_HASHES) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");

const argon2Key = (
  password: string,
  salt: Uint8Array,
  parameters: { memory: number; passes: number; parallelism: number; tagLength: number },
): Promise<Buffer> => argon2Async!("argon2id", { message: Buffer.from(password), nonce: salt, ...parameters });
const scryptKey = (password: string, salt: Uint8Array, options: crypto.ScryptOptions): Promise<Buffer> =>
  scryptAsync(password, salt, 32, options);

const PARAMETERS = argon2Async
  ? `$argon2id$v=19$m=${ARGON2.memory},t=${ARGON2.passes},p=${ARGON2.parallelism}`
  : `$scrypt$ln=${Math.log2(SCRYPT.N)},r=${SCRYPT.r},p=${SCRYPT.p}`;
const DUMMY_HASH = `${PARAMETERS}$${"A".repeat(22)}$${"A".repeat(43)}`;

function parseHash(text: string): { readonly key: Buffer; derive(password: string): Promise<Buffer> } {
  const parts = text.split("$");
  const number = (name: string): number => Number(new RegExp(`(?:^|,)${name}=(\\d+)`).exec(parts.at(-3) ?? "")?.[1]);
  const salt = Buffer.from(parts.at(-2) ?? "", "base64");
  const key = Buffer.from(parts.at(-1) ?? "", "base64");
  if (parts[1] === "argon2id") {
    if (!argon2Async) throw new Error("this password was hashed with argon2id; run Muster with Node 24.7 or newer");
    return {
      key,
      derive: (password) =>
        argon2Key(password, salt, {
          memory: number("m"),
          passes: number("t"),
          parallelism: number("p"),
          tagLength: key.length,
        }),
    };
  }
  if (parts[1] !== "scrypt") throw new Error("the stored password hash has an unknown form");
  return {
    key,
    derive: (password) =>
      scryptKey(password, salt, { N: 2 ** number("ln"), r: number("r"), p: number("p"), maxmem: SCRYPT.maxmem }),
  };
}
