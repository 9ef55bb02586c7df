import type { IncomingHttpHeaders } from "node:http";

/** The addresses under which this hub answers. Anything else in Host or Origin is somebody's mistake or attack. */
export class Origins {
  #origins: ReadonlySet<string> = new Set();
  #hosts: ReadonlySet<string> = new Set();
  #primary = "";
  readonly isSecure: boolean;

  /** Knows no address yet, so nothing passes: the port may only be known once the hub listens. */
  constructor(isSecure: boolean) {
    this.isSecure = isSecure;
  }

  /** `urls` are the exact public addresses, the first for links. */
  set(urls: readonly string[]): void {
    const parsed = urls.map((url) => new URL(url));
    this.#origins = new Set(parsed.map((url) => url.origin));
    this.#hosts = new Set(parsed.map((url) => url.host));
    this.#primary = parsed[0]?.origin ?? "";
  }

  /** The address for links. */
  get primary(): string {
    return this.#primary;
  }

  /** Whether the Host header names this hub. */
  isOwnHost(host: string | undefined): boolean {
    return host !== undefined && this.#hosts.has(host.toLowerCase());
  }

  /** Why a request that changes something is not from this panel's own pages, or undefined when it is. */
  crossSiteProblem(headers: IncomingHttpHeaders): string | undefined {
    if (headers.origin === undefined || !this.#origins.has(headers.origin)) return "Origin is not this panel's address";
    const site = headers["sec-fetch-site"];
    if (site !== undefined && site !== "same-origin") return "Sec-Fetch-Site is not same-origin";
    return undefined;
  }
}
