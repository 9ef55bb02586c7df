import { useEffect } from "react";

/** Names the window after what the page shows, while it shows it. */
export function useTitle(name: string | undefined): void {
  useEffect(() => {
    if (name === undefined) return;
    document.title = `${name} · Muster`;
    return () => {
      document.title = "Muster";
    };
  }, [name]);
}
