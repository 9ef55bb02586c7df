import { TextInput } from "@mantine/core";
import { isTimeZone, MINUTE_MS } from "@muster/core";
import { useId, useMemo } from "react";
import { keepFormOpen } from "../components/keep-form-open.ts";
import { useHubSecond } from "../live/live.ts";
import { useTaskTexts } from "./use-task-texts.ts";
import { useZoneTimes } from "./use-zone-times.ts";

interface ZoneFieldProps {
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (zone: string) => void;
  readonly testId: string;
}

/** Zones of the browser's list, and UTC, which some lists leave out. */
const allZones = (): readonly string[] => [...new Set(["UTC", ...Intl.supportedValuesOf("timeZone")])];

/** A time zone: typed, or found in the list by a part of its name; below it what a clock there shows now. */
export function ZoneField({ value, error, onChange, testId }: ZoneFieldProps) {
  const say = useTaskTexts();
  const id = useId();
  const zones = useMemo(() => allZones(), []);
  const zone = value.trim();
  return (
    <>
      <TextInput
        label={say("zone")}
        description={isTimeZone(zone) ? <ClockThere zone={zone} /> : say("zoneHint")}
        value={value}
        error={error}
        list={id}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={keepFormOpen}
        data-testid={testId}
      />
      <datalist id={id}>
        {zones.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}

function ClockThere({ zone }: { readonly zone: string }) {
  const say = useTaskTexts();
  const times = useZoneTimes(zone);
  const minute = Math.floor(useHubSecond() / MINUTE_MS) * MINUTE_MS;
  return say("clockThere", { time: times.short(minute) });
}
