import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { parseTags } from "../../components/parse-tags.ts";
import { useFieldErrors } from "../../components/use-field-errors.ts";
import { JoinWait } from "./join-wait.tsx";

/** Joining a machine whose agent calls the hub: make a token, paste one line, watch it come. */
export function CallingAgent() {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [tags, setTags] = useState("");
  const make = useMutation({
    mutationFn: () =>
      api("POST /api/v1/join-tokens", {
        body: {
          ...(name.trim() === "" ? {} : { name: name.trim() }),
          ...(tags.trim() === "" ? {} : { tags: parseTags(tags) }),
        },
      }),
  });
  const fields = useFieldErrors(make.error);
  return (
    <>
      <div className="soft">{t("add.intro")}</div>
      {make.data ? (
        <JoinWait made={make.data} onAgain={() => make.reset()} />
      ) : (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <TextInput
            label={t("add.name")}
            description={t("add.nameHint")}
            value={name}
            error={fields["name"]}
            autoFocus
            maxLength={64}
            onChange={(event) => setName(event.currentTarget.value)}
            data-testid="join-name"
          />
          <TextInput
            label={t("add.tags")}
            description={t("add.tagsHint")}
            value={tags}
            error={fields["tags"]}
            onChange={(event) => setTags(event.currentTarget.value)}
            data-testid="join-tags"
          />
          <ErrorNotice error={make.error} inputs={["name", "tags"]} />
          <div>
            <Button type="submit" loading={make.isPending} data-testid="join-make">
              {t("add.submit")}
            </Button>
          </div>
        </form>
      )}
    </>
  );
}
