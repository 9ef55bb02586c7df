import type { LinkKind, LinkState } from "@muster/core";
import { useTranslation } from "react-i18next";
import { Mark } from "./mark.tsx";
import type { Tone, WordChoice } from "./mark.tsx";

/** A chip, a prompt, an arrow to the hub's line and one away from it. */
const KINDS: Readonly<Record<LinkKind, string>> = {
  agent: "M3 3h10v10H3Zm1.4 1.4v7.2h7.2V4.4Zm2.1 2.1h3v3h-3Z",
  ssh: "M2 3h12v10H2Zm1.3 1.3v7.4h9.4V4.3ZM4.6 6l1-1L8 7.5 5.6 10l-1-1L6 7.5Zm3.9 3h3v1.2h-3Z",
  pull: "M7.3 2h1.4v6.3l2.3-2.3 1 1L8 11 4 7l1-1 2.3 2.3ZM3 12.6h10V14H3Z",
  push: "M8 2l4 4-1 1-2.3-2.3V11H7.3V4.7L5 7 4 6ZM3 12.6h10V14H3Z",
};

/** Ring, tick, crossed octagon, key, lock. */
const STATES: Readonly<Record<LinkState, readonly [Tone, string]>> = {
  waiting: ["note", "M8 2.6a5.4 5.4 0 1 0 0 10.8A5.4 5.4 0 0 0 8 2.6Zm0 1.5a3.9 3.9 0 1 1 0 7.8 3.9 3.9 0 0 1 0-7.8Z"],
  ok: ["good", "M6.5 12.4 2.3 8.2l1.3-1.3 2.9 2.9 5.9-5.9 1.3 1.3Z"],
  failing: [
    "bad",
    "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5Zm.6 3L5 6.1 6.9 8 5 9.9 6.1 11 8 9.1 9.9 11 11 9.9 9.1 8 11 6.1 9.9 5 8 6.9Z",
  ],
  "host-key": [
    "warning",
    "M5 5a3 3 0 0 1 2.9 2.3H14v3h-1.4V8.7h-1.4v1.6H9.8V8.7H7.9A3 3 0 1 1 5 5Zm0 1.5a1.5 1.5 0 1 0 0 3 1.5 1.5 0 0 0 0-3Z",
  ],
  login: ["bad", "M5 7V5.4a3 3 0 0 1 6 0V7h1.2v6.5H3.8V7Zm1.4 0h3.2V5.4a1.6 1.6 0 0 0-3.2 0Z"],
};

/** How a server is reached: one shape for each kind, and its word. */
export function LinkKindMark({ kind, ...word }: WordChoice & { readonly kind: LinkKind }) {
  const { t } = useTranslation();
  return <Mark tone="soft" path={KINDS[kind]} text={t(`linkKind.${kind}`)} value={kind} {...word} />;
}

/** The one look of how the hub's way to a server is. */
export function LinkStateMark({ state, ...word }: WordChoice & { readonly state: LinkState }) {
  const { t } = useTranslation();
  const [tone, path] = STATES[state];
  return <Mark tone={tone} path={path} text={t(`linkState.${state}`)} value={state} {...word} />;
}
