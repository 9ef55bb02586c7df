import type { Instant } from "@muster/core";

/** Where the page's socket to the hub stands. Only `open` means that what is shown can be live. */
export type LinkState =
  | { readonly is: "closed" }
  | { readonly is: "connecting"; readonly attempt: number }
  | { readonly is: "greeting"; readonly attempt: number }
  | { readonly is: "open"; readonly since: Instant }
  | { readonly is: "waiting"; readonly attempt: number; readonly retryAt: Instant };
