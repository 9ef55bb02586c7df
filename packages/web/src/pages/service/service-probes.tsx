import { serviceKeyText } from "@muster/core";
import { Link } from "@tanstack/react-router";
import { useRight } from "../../api/use-right.ts";
import { AboutProbes } from "../../probes/about-probes.tsx";
import { useProbeTexts } from "../../probes/use-probe-texts.ts";
import type { Service } from "../../services/services-view.ts";

/** The probes that are part of a service's health, and the way to another one. */
export function ServiceProbes({ service }: { readonly service: Service }) {
  const say = useProbeTexts();
  const mayRead = useRight("probes.read");
  const mayAdd = useRight("probes.write");
  return (
    <>
      {mayRead && <AboutProbes of={{ service: service.id }} />}
      {mayAdd && (
        <div>
          <Link
            to="/probes/add"
            search={{ about: service.serverId, service: serviceKeyText(service) }}
            data-testid="probe-service-add"
          >
            {say("addForService")}
          </Link>
        </div>
      )}
    </>
  );
}
