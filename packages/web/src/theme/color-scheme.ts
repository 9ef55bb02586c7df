import { useSyncExternalStore } from "react";
import { StoredChoice } from "../browser/stored-choice.ts";
import { useObservable } from "../browser/observable.ts";

export const THEME_CHOICES = ["auto", "light", "dark"] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

export const themeChoice = new StoredChoice<ThemeChoice>("muster.theme", "auto", (value): value is ThemeChoice =>
  THEME_CHOICES.some((choice) => choice === value),
);

const prefersDark = typeof matchMedia === "undefined" ? undefined : matchMedia("(prefers-color-scheme: dark)");

function subscribe(listener: () => void): () => void {
  prefersDark?.addEventListener("change", listener);
  return () => prefersDark?.removeEventListener("change", listener);
}

/** The scheme in force: the person's choice, or the system's. */
export function useColorScheme(): "light" | "dark" {
  const choice = useObservable(themeChoice);
  const system = useSyncExternalStore(subscribe, () => prefersDark?.matches ?? false);
  if (choice !== "auto") return choice;
  return system ? "dark" : "light";
}
