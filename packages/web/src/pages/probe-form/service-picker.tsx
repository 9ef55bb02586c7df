import { NativeSelect } from "@mantine/core";
import { serviceKeyText } from "@muster/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/api.ts";
import { withPicked } from "../../components/with-picked.ts";
import { naturalOrder } from "../../fleet/compare-rows.ts";
import { useProbeTexts } from "../../probes/use-probe-texts.ts";

interface ServicePickerProps {
  readonly serverId: string;
  /** As `serviceKeyText` writes it; empty for none. */
  readonly picked: string;
  readonly error: string | undefined;
  readonly onPick: (service: string) => void;
}

/** One of the services that a server has now. Nothing where it has none, and nobody picked one before. */
export function ServicePicker({ serverId, picked, error, onPick }: ServicePickerProps) {
  const say = useProbeTexts();
  const query = useQuery({
    queryKey: ["services-to-pick", serverId],
    queryFn: ({ signal }) => api("GET /api/v1/services", { query: { server: serverId }, signal }),
  });
  const services = (query.data?.items ?? [])
    .map((service) => ({ value: serviceKeyText(service), label: `${service.name} (${service.driver})` }))
    .toSorted((a, b) => naturalOrder.compare(a.label, b.label));
  if (services.length === 0 && picked === "") return null;
  const gone = query.data ? say("form.serviceGone", { name: picked }) : picked;
  return (
    <NativeSelect
      label={say("form.service")}
      description={say("form.serviceHint")}
      value={picked}
      error={error}
      data={withPicked([{ value: "", label: say("form.serviceNone") }, ...services], picked, gone)}
      onChange={(event) => onPick(event.currentTarget.value)}
      data-testid="probe-service"
    />
  );
}
