import { TextInput } from "@mantine/core";
import type { LinkKind } from "@muster/core";
import { useState } from "react";
import { parseTags } from "../../components/parse-tags.ts";
import { intervalOf } from "../../links/link-draft.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";

/** What the hub is told at first of every server that does not come by itself: its name, tags and interval, as text. */
export function useServerFields() {
  const [name, setName] = useState("");
  const [tags, setTags] = useState("");
  const [seconds, setSeconds] = useState("");
  // Nobody is told of a missing name before there was a try.
  const [told, setTold] = useState<"not yet" | "all">("not yet");
  const intervalMs = intervalOf(seconds);
  return {
    name,
    setName,
    tags,
    setTags,
    seconds,
    setSeconds,
    isTold: told === "all",
    tell: () => setTold("all"),
    /** For the next server: tags and interval may well be the same. */
    again(): void {
      setName("");
      setTold("not yet");
    },
    isSound: name.trim() !== "" && !Number.isNaN(intervalMs),
    body: () => ({
      name: name.trim(),
      ...(tags.trim() !== "" && { tags: parseTags(tags) }),
      ...(intervalMs !== undefined && { intervalMs }),
    }),
  };
}

export const SERVER_INPUTS = ["name", "tags", "intervalMs"] as const;

interface ServerFieldsProps {
  readonly fields: ReturnType<typeof useServerFields>;
  readonly kind: LinkKind;
  readonly errors: Readonly<Record<string, string>>;
  /** What the hub takes where the interval is left empty; undefined where its own settings say. */
  readonly defaultSeconds: number | undefined;
}

export function ServerName({ fields, errors }: Pick<ServerFieldsProps, "fields" | "errors">) {
  const say = useLinkTexts();
  return (
    <TextInput
      label={say("form.name")}
      value={fields.name}
      error={errors["name"] ?? (fields.isTold && fields.name.trim() === "" && say("form.notFilled"))}
      autoFocus
      maxLength={64}
      onChange={(event) => fields.setName(event.currentTarget.value)}
      data-testid="add-name"
    />
  );
}

/** What is told besides, and may be left empty. */
export function ServerRest({ fields, kind, errors, defaultSeconds }: ServerFieldsProps) {
  const say = useLinkTexts();
  const wrongInterval = Number.isNaN(intervalOf(fields.seconds)) ? say("form.wrongSeconds") : undefined;
  return (
    <>
      <TextInput
        label={say("form.tags")}
        description={say("form.tagsHint")}
        value={fields.tags}
        error={errors["tags"]}
        onChange={(event) => fields.setTags(event.currentTarget.value)}
        data-testid="add-tags"
      />
      <TextInput
        label={say(kind === "push" || kind === "agent" ? "form.intervalPush" : "form.interval")}
        description={
          defaultSeconds === undefined ? say("form.intervalHub") : say("form.emptyMeans", { seconds: defaultSeconds })
        }
        inputMode="decimal"
        value={fields.seconds}
        error={wrongInterval ?? errors["intervalMs"]}
        onChange={(event) => fields.setSeconds(event.currentTarget.value)}
        data-testid="add-interval"
      />
    </>
  );
}
