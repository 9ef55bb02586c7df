import { useTranslation } from "react-i18next";
import type { ServerStateName } from "../fleet/server-state.ts";
import { Mark } from "./mark.tsx";
import type { Tone, WordChoice } from "./mark.tsx";

/** One shape each, told apart without colour: disc, half disc, ring with a bar, diamond, triangle, cross. */
const STATES: Readonly<Record<ServerStateName, readonly [Tone, string]>> = {
  online: ["good", "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z"],
  stale: [
    "warning",
    "M8 3a5 5 0 0 1 0 10ZM8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2Zm0 1.3a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9Z",
  ],
  offline: ["bad", "M3 3h10v10H3ZM4.5 4.5v7h7v-7Zm1 2.5h5v2h-5Z"],
  pending: ["note", "M8 1.8 14.2 8 8 14.2 1.8 8Zm0 2.2L4 8l4 4 4-4Z"],
  quarantined: ["bad", "M8 2 15 14H1Zm-.8 4.5v3.6h1.6V6.5Zm0 4.6v1.5h1.6v-1.5Z"],
  revoked: ["soft", "m4.2 3.1 3.8 3.8 3.8-3.8 1.1 1.1L9.1 8l3.8 3.8-1.1 1.1L8 9.1l-3.8 3.8-1.1-1.1L6.9 8 3.1 4.2Z"],
};

/** The one look of a server's state everywhere: colour, shape and word. */
export function StateMark({ state, ...word }: WordChoice & { readonly state: ServerStateName }) {
  const { t } = useTranslation();
  const [tone, path] = STATES[state];
  return <Mark tone={tone} path={path} text={t(`state.${state}`)} value={state} {...word} />;
}
