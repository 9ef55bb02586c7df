import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { TypedConfirm } from "../../components/typed-confirm.tsx";
import { PingAddress } from "../../probes/ping-address.tsx";
import { useProbeTexts } from "../../probes/use-probe-texts.ts";

/** The address that a passive probe waits at: it cannot be shown again, only made anew. */
export function PingSection({ probeId }: { readonly probeId: string }) {
  const say = useProbeTexts();
  const mayRenew = useRight("probes.write");
  const [asking, setAsking] = useState<"no" | "yes">("no");
  const renew = useMutation({
    mutationFn: () => api("POST /api/v1/probes/{id}/ping-url", { params: { id: probeId } }),
    onSuccess: () => setAsking("no"),
  });
  return (
    <section className="stack narrow" data-testid="ping">
      <h2>{say("ping.title")}</h2>
      {renew.data ? <PingAddress pingUrl={renew.data.pingUrl} /> : <div className="soft">{say("ping.known")}</div>}
      {mayRenew && (
        <div>
          <Button variant="default" onClick={() => setAsking("yes")} data-testid="ping-renew">
            {say("ping.renew")}
          </Button>
        </div>
      )}
      {asking === "yes" && (
        <TypedConfirm
          title={say("ping.renewTitle")}
          text={say("ping.renewText")}
          action={say("ping.renew")}
          busy={renew.isPending}
          error={renew.error}
          onConfirm={() => renew.mutate()}
          onClose={() => setAsking("no")}
        />
      )}
    </section>
  );
}
