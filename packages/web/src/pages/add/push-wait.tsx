import { Loader } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { IconCheck } from "@tabler/icons-react";
import { useFleet } from "../../fleet/fleet.ts";
import { useLinkTexts } from "../../links/use-link-texts.ts";

/** Waits live for the first heartbeat of a server. */
export function PushWait({ serverId }: { readonly serverId: string }) {
  const say = useLinkTexts();
  const server = useFleet().servers.get(serverId);
  // It is made without either; a heartbeat brings the address at least.
  const came = server !== undefined && (server.summary.at !== null || server.address !== null);
  return (
    <div className="row wrap" role="status" data-testid="push-wait" data-status={came ? "came" : "waiting"}>
      {came ? <IconCheck size={18} className="good" aria-hidden /> : <Loader size={14} />}
      {say(came ? "push.came" : "push.waiting")}
      <Link to="/servers/$id" params={{ id: serverId }} data-testid="push-open">
        {say("push.open")}
      </Link>
    </div>
  );
}
