import type { SshKeyView } from "@muster/protocol";
import { CopyLine } from "../../components/copy-line.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";

/** The line that a server must know, to be copied. */
export function PublicLine({ sshKey, onClose }: { readonly sshKey: SshKeyView; readonly onClose: () => void }) {
  const say = useLinkTexts();
  return (
    <Dialog onClose={onClose} title={say("keys.publicTitle", { name: sshKey.name })} testId="public-line-dialog">
      <div className="stack">
        <div className="soft">{say("keys.publicText")}</div>
        <CopyLine text={sshKey.publicKey} testId="public-line" />
      </div>
    </Dialog>
  );
}
