import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { PushToken } from "../../links/push-token.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";

/** A new token for a server that pushes, shown once; the old one ends. */
export function PushTokenSection({ server }: { readonly server: Server }) {
  const say = useLinkTexts();
  const [asking, setAsking] = useState<"nothing" | "renew">("nothing");
  const renew = useMutation({
    mutationFn: () => api("POST /api/v1/servers/{id}/token", { params: { id: server.id } }),
    onSuccess: () => setAsking("nothing"),
  });
  return (
    <section className="section">
      <h2>{say("push.token")}</h2>
      {renew.data ? (
        <PushToken serverId={server.id} token={renew.data.token} />
      ) : (
        <div className="soft">{say("push.kept")}</div>
      )}
      <div>
        <Button variant="default" onClick={() => setAsking("renew")} data-testid="push-renew">
          {say("push.renew")}
        </Button>
      </div>
      {asking === "renew" && (
        <TypedConfirm
          title={say("push.renewTitle", { name: server.name })}
          text={say("push.renewText")}
          action={say("push.renew")}
          busy={renew.isPending}
          error={renew.error}
          onConfirm={() => renew.mutate()}
          onClose={() => setAsking("nothing")}
        />
      )}
    </section>
  );
}
