import { Button } from "@mantine/core";
import { IconLayersIntersect } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Disclosure } from "../../components/disclosure.tsx";
import { ServerPicker } from "./server-picker.tsx";
import { formatSlots, idsOf, toggleServer } from "./server-slots.ts";
import type { ServerSlots } from "./server-slots.ts";

/** From one server to the same range of several. */
export function CompareWith({ serverId, range }: { readonly serverId: string; readonly range: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [slots, setSlots] = useState<ServerSlots>([serverId]);
  const others = idsOf(slots).filter((id) => id !== serverId);
  const go = (): void => {
    const servers = formatSlots(slots);
    if (servers !== undefined) void navigate({ to: "/compare", search: { servers, ...(range && { range }) } });
  };
  return (
    <Disclosure
      label={t("chart.compareServers")}
      name={t("chart.compareServers")}
      icon={<IconLayersIntersect size={14} aria-hidden />}
      width={300}
      side="left"
      testId="compare-with"
    >
      {() => (
        <>
          <ServerPicker picked={idsOf(slots)} onToggle={(id) => setSlots(toggleServer(slots, id))} />
          <Button onClick={go} disabled={others.length === 0} data-testid="compare-go">
            {t("compare.show", { count: idsOf(slots).length })}
          </Button>
        </>
      )}
    </Disclosure>
  );
}
