import { Button } from "@mantine/core";
import type { SshKeyView } from "@muster/protocol";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../components/dialog.tsx";
import { AddKey } from "../../links/add-key.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import { useReplacement } from "../../links/use-replacement.ts";
import { ReplacementForm } from "./replacement-form.tsx";
import { ReplacementProgress } from "./replacement-progress.tsx";

interface ReplaceKeyProps {
  readonly oldKey: SshKeyView;
  readonly others: readonly SshKeyView[];
  readonly onClose: () => void;
}

/** Puts another key in a key's place, and shows how far each server is; one that goes on already is shown at once. */
export function ReplaceKey({ oldKey, others, onClose }: ReplaceKeyProps) {
  const { t } = useTranslation();
  const say = useLinkTexts();
  const { replacement, isRunning, isKnown, asking } = useReplacement(oldKey.id);
  const [newKeyId, setNewKeyId] = useState("");
  const [doing, setDoing] = useState<"choosing" | "making" | "watching">("choosing");
  // One that was found going on is shown to its end, and not exchanged for the form then.
  if (isRunning && doing === "choosing") setDoing("watching");
  if (doing === "making")
    return (
      <AddKey
        onMade={({ id }) => {
          setNewKeyId(id);
          setDoing("choosing");
        }}
        onClose={() => setDoing("choosing")}
      />
    );
  const watched = doing === "watching" ? replacement : undefined;
  return (
    <Dialog
      onClose={onClose}
      title={say("keys.replaceTitle", { name: oldKey.name })}
      testId="replace-dialog"
      {...(watched !== undefined && { size: "lg" as const })}
    >
      {watched !== undefined ? (
        <div className="stack">
          <ReplacementProgress replacement={watched} />
          {!isRunning && (
            <div className="row wrap">
              <Button variant="default" onClick={() => setDoing("choosing")} data-testid="replace-again">
                {say("keys.replaceAgain")}
              </Button>
              <Button variant="default" onClick={onClose} data-testid="replace-close">
                {t("common.close")}
              </Button>
            </div>
          )}
        </div>
      ) : (
        isKnown && (
          <ReplacementForm
            oldKey={oldKey}
            others={others}
            newKeyId={newKeyId}
            onPick={setNewKeyId}
            onMake={() => setDoing("making")}
            busy={asking.isPending}
            error={asking.error}
            onSubmit={(wanted) => asking.mutate(wanted, { onSuccess: () => setDoing("watching") })}
          />
        )
      )}
    </Dialog>
  );
}
