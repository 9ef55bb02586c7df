import { Button } from "@mantine/core";
import { IconChartLine } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useObservable } from "../../browser/observable.ts";
import { fleetChoice } from "./fleet-choice.ts";

/** Opens and closes the charts over the fleet. */
export function FleetToggle() {
  const { t } = useTranslation();
  const choice = useObservable(fleetChoice);
  const isOpen = choice.strip === "open";
  return (
    <Button
      variant={isOpen ? "light" : "default"}
      aria-expanded={isOpen}
      aria-controls="fleet-strip"
      leftSection={<IconChartLine size={14} aria-hidden />}
      onClick={() => fleetChoice.set({ ...choice, strip: isOpen ? "closed" : "open" })}
      data-testid="fleet-toggle"
    >
      {t("fleet.title")}
    </Button>
  );
}
