import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { SshKeyView } from "@muster/protocol";
import { CopyLine } from "../../components/copy-line.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";

/** The line that a server must know, to be copied. */
export function PublicLine({ sshKey, onClose }: { readonly sshKey: SshKeyView; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const say = useLinkTexts();
  return (
    <Modal
      opened
      onClose={onClose}
      title={say("keys.publicTitle", { name: sshKey.name })}
      closeButtonProps={{ "aria-label": t("common.close") }}
      data-testid="public-line-dialog"
    >
      <div className="stack">
        <div className="soft">{say("keys.publicText")}</div>
        <CopyLine text={sshKey.publicKey} testId="public-line" />
      </div>
    </Modal>
  );
}
