import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { api } from "../../api/api.ts";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { useFieldErrors } from "../../components/use-field-errors.ts";
import { PushToken } from "../../links/push-token.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import { PushWait } from "./push-wait.tsx";
import { SERVER_INPUTS, ServerName, ServerRest, useServerFields } from "./server-fields.tsx";

const DEFAULT_SECONDS = 60;

/** A server that sends its readings itself: a name, then the token, the line to run, and the wait for the first heartbeat. */
export function PushWay() {
  const say = useLinkTexts();
  const fields = useServerFields();
  const add = useMutation({
    mutationFn: () => api("POST /api/v1/servers", { body: { ...fields.body(), link: { kind: "push" } } }),
  });
  const errors = useFieldErrors(add.error);
  if (add.data)
    return (
      <>
        <PushToken serverId={add.data.server.id} token={add.data.token ?? ""} />
        <PushWait serverId={add.data.server.id} />
        <div>
          <Button
            variant="default"
            onClick={() => {
              fields.again();
              add.reset();
            }}
            data-testid="push-again"
          >
            {say("push.again")}
          </Button>
        </div>
      </>
    );
  return (
    <form
      className="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        fields.tell();
        if (fields.isSound) add.mutate();
      }}
    >
      <ServerName fields={fields} errors={errors} />
      <ServerRest fields={fields} kind="push" errors={errors} defaultSeconds={DEFAULT_SECONDS} />
      <ErrorNotice error={add.error} inputs={SERVER_INPUTS} />
      <div>
        <Button type="submit" loading={add.isPending} data-testid="add-submit">
          {say("push.make")}
        </Button>
      </div>
    </form>
  );
}
