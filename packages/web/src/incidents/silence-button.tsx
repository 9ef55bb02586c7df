import { Button } from "@mantine/core";
import { IconVolumeOff } from "@tabler/icons-react";
import { useRight } from "../api/use-right.ts";
import { askedDialog } from "./asked-dialog.ts";
import type { SilenceMeant } from "./silence-draft.ts";
import { useAlertTexts } from "./use-alert-texts.ts";

/** On the page of a thing: the way to hold back what is told of it. */
export function SilenceButton({ meant }: { readonly meant: SilenceMeant }) {
  const say = useAlertTexts();
  const maySilence = useRight("incidents.write");
  if (!maySilence) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconVolumeOff size={14} aria-hidden />}
      onClick={() => askedDialog.set({ is: "silence", meant })}
      data-testid="silence-this"
    >
      {say("silence.entry")}
    </Button>
  );
}
