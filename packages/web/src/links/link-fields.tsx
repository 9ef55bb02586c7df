import { DialFields } from "./dial-fields.tsx";
import type { LinkFieldsProps } from "./link-fields-props.ts";
import { PullFields } from "./pull-fields.tsx";
import { SshFields } from "./ssh-fields.tsx";

/** The inputs of one way to a server. */
export function LinkFields({ draft, ...rest }: LinkFieldsProps) {
  if (draft.kind === "agent") return <DialFields draft={draft} {...rest} />;
  return draft.kind === "ssh" ? <SshFields draft={draft} {...rest} /> : <PullFields draft={draft} {...rest} />;
}
