import { Button, PasswordInput, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { SshKeyView } from "@muster/protocol";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api.ts";
import { Dialog } from "../components/dialog.tsx";
import { ErrorNotice } from "../components/error-notice.tsx";
import { Segments } from "../components/segments.tsx";
import { useFieldErrors } from "../components/use-field-errors.ts";
import styles from "./links.module.css";
import { useLinkTexts } from "./use-link-texts.ts";

/** What the hub takes at most; a private key has some thousand characters. */
const KEY_CHARACTERS_MAX = 64 * 1024;
const INPUTS = ["name", "privateKey", "passphrase"];

interface AddKeyProps {
  readonly onMade: (key: SshKeyView) => void;
  readonly onClose: () => void;
}

/** Makes a key in the hub, or takes one in; its private half is sent once and never shown. */
export function AddKey({ onMade, onClose }: AddKeyProps) {
  const { t } = useTranslation();
  const say = useLinkTexts();
  const queries = useQueryClient();
  const [how, setHow] = useState<"make" | "import">("make");
  const [name, setName] = useState("");
  const [privateKey, setPrivateKey] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [fileProblem, setFileProblem] = useState<string>();
  const file = useRef<HTMLInputElement>(null);
  const add = useMutation({
    mutationFn: () =>
      api("POST /api/v1/ssh-keys", {
        body: {
          name: name.trim(),
          ...(how === "import" && { privateKey, ...(passphrase !== "" && { passphrase }) }),
        },
      }),
    async onSuccess(key) {
      await queries.invalidateQueries({ queryKey: ["ssh-keys"] });
      onMade(key);
    },
  });
  const fields = useFieldErrors(add.error);
  const read = (chosen: File | undefined): void => {
    setFileProblem(undefined);
    if (chosen === undefined) return;
    if (chosen.size > KEY_CHARACTERS_MAX) return setFileProblem(say("keys.fileWrong"));
    chosen.text().then(setPrivateKey, () => setFileProblem(say("keys.fileWrong")));
  };
  return (
    <Dialog onClose={onClose} title={say("keys.add")} testId="add-key-dialog">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          // It may stand inside another form.
          event.stopPropagation();
          add.mutate();
        }}
      >
        <Segments
          label={say("keys.how")}
          value={how}
          options={(["make", "import"] as const).map((value) => ({ value, label: say(`keys.${value}`) }))}
          onChange={setHow}
          testId="key-how"
        />
        <TextInput
          label={t("common.name")}
          data-autofocus
          required
          withAsterisk={false}
          maxLength={64}
          value={name}
          error={fields["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="key-name"
        />
        {how === "make" ? (
          <div className="soft">{say("keys.makeText")}</div>
        ) : (
          <>
            <div className={styles.group}>
              <Textarea
                className={styles.wide}
                label={say("keys.privateKey")}
                description={say("keys.privateKeyHint")}
                classNames={{ input: "mono" }}
                required
                withAsterisk={false}
                rows={7}
                autosize={false}
                spellCheck={false}
                autoComplete="off"
                maxLength={KEY_CHARACTERS_MAX}
                value={privateKey}
                error={fileProblem ?? fields["privateKey"]}
                onChange={(event) => setPrivateKey(event.currentTarget.value)}
                data-testid="key-private"
              />
              <input
                ref={file}
                type="file"
                hidden
                onChange={(event) => {
                  read(event.currentTarget.files?.[0]);
                  // The same file may be chosen again.
                  event.currentTarget.value = "";
                }}
                data-testid="key-file"
              />
              <Button variant="default" onClick={() => file.current?.click()}>
                {say("keys.file")}
              </Button>
            </div>
            <PasswordInput
              label={say("keys.passphrase")}
              description={say("keys.passphraseHint")}
              autoComplete="off"
              maxLength={1_024}
              value={passphrase}
              error={fields["passphrase"]}
              onChange={(event) => setPassphrase(event.currentTarget.value)}
              data-testid="key-passphrase"
            />
          </>
        )}
        <ErrorNotice error={add.error} inputs={INPUTS} />
        <Button type="submit" loading={add.isPending} data-testid="key-submit">
          {say(how === "make" ? "keys.submitMake" : "keys.submitImport")}
        </Button>
      </form>
    </Dialog>
  );
}
