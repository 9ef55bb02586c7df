import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import type { Right } from "@muster/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { session } from "../../api/session.ts";
import { useObservable } from "../../browser/observable.ts";
import { CopyLine } from "../../components/copy-line.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { useFieldErrors } from "../../components/use-field-errors.ts";

const LIFETIMES_DAYS = [7, 30, 90, 365];
const FIRST_SCOPES: readonly Right[] = ["servers.read", "metrics.read"];

/** Makes a token with rights the person has too, and shows its secret the only time there is. */
export function AddToken({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const rights = useObservable(session)?.rights ?? [];
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [scopes, setScopes] = useState<readonly Right[]>(FIRST_SCOPES.filter((right) => rights.includes(right)));
  const make = useMutation({
    mutationFn: () =>
      api("POST /api/v1/tokens", {
        body: { name: name.trim(), scopes: [...scopes], expiresInDays: days === "" ? null : Number(days) },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["tokens"] }),
  });
  const fields = useFieldErrors(make.error);
  if (make.data) {
    return (
      <Dialog onClose={onClose} title={t("tokens.secretTitle")} closeOnClickOutside={false} testId="token-made-dialog">
        <div className="stack">
          <div className="soft">{t("tokens.secretText")}</div>
          <CopyLine text={make.data.secret} testId="token-secret" />
          <div>
            <Button onClick={onClose} data-testid="token-close">
              {t("common.close")}
            </Button>
          </div>
        </div>
      </Dialog>
    );
  }
  const toggle = (right: Right): void =>
    setScopes(scopes.includes(right) ? scopes.filter((other) => other !== right) : [...scopes, right]);
  return (
    <Dialog onClose={onClose} title={t("tokens.add")} testId="add-token-dialog">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <TextInput
          label={t("common.name")}
          data-autofocus
          required
          withAsterisk={false}
          maxLength={64}
          value={name}
          error={fields["name"]}
          onChange={(event) => setName(event.currentTarget.value)}
          data-testid="token-name"
        />
        <NativeSelect
          label={t("tokens.lifetime")}
          value={days}
          error={fields["expiresInDays"]}
          data={[
            ...LIFETIMES_DAYS.map((count) => ({ value: String(count), label: t("tokens.days", { count }) })),
            { value: "", label: t("tokens.forever") },
          ]}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <Checkbox.Group
          label={t("tokens.scopes")}
          error={scopes.length === 0 ? t("tokens.pickRight") : fields["scopes"]}
          value={[...scopes]}
        >
          <div style={{ display: "grid", gridTemplateColumns: "1fr 1fr", gap: 6, marginTop: 6 }}>
            {rights.map((right) => (
              <Checkbox
                key={right}
                size="xs"
                value={right}
                label={<span className="mono">{right}</span>}
                onChange={() => toggle(right)}
              />
            ))}
          </div>
        </Checkbox.Group>
        <ErrorNotice error={make.error} inputs={["name", "scopes", "expiresInDays"]} />
        <Button type="submit" disabled={scopes.length === 0} loading={make.isPending} data-testid="token-submit">
          {t("tokens.add")}
        </Button>
      </form>
    </Dialog>
  );
}
