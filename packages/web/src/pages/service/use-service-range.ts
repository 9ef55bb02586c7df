import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useRange } from "../../charts/use-range.ts";
import type { Service } from "../../services/services-view.ts";

/** Readings of services come with every second round of a server. */
export const SERVICE_INTERVAL_MS = 30_000;

/** What the charts of a service look at: its labels, and the range that the address says. */
export function useServiceRange({ driver, name }: Pick<Service, "driver" | "name">, text: string | undefined) {
  const navigate = useNavigate();
  const labels = useMemo(() => JSON.stringify({ driver, service: name }), [driver, name]);
  const write = useCallback(
    (range: string | undefined) => void navigate({ to: ".", search: (range === undefined ? {} : { range }) as never }),
    [navigate],
  );
  return { labels, ...useRange(text, write) };
}
