import { askedDialog } from "./asked-dialog.ts";
import type { AskedDialog } from "./asked-dialog.ts";
import { SilenceDialog } from "./silence-dialog.tsx";
import { SnoozeDialog } from "./snooze-dialog.tsx";

/** The dialog that was asked for; loaded when one is. */
export function AskedDialogs({ asked }: { readonly asked: AskedDialog }) {
  const close = (): void => askedDialog.set(undefined);
  return asked.is === "snooze" ? (
    <SnoozeDialog ids={asked.ids} onClose={close} />
  ) : (
    <SilenceDialog meant={asked.meant} onClose={close} />
  );
}
