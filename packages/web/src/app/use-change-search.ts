import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";

/** Changes parts of what the address of the page says; undefined leaves one out. No step of the way back is made. */
export function useChangeSearch<Search extends object>(): (parts: {
  readonly [K in keyof Search]?: Search[K] | undefined;
}) => void {
  const navigate = useNavigate();
  return useCallback(
    (parts) =>
      void navigate({
        to: ".",
        search: ((before: Search) =>
          Object.fromEntries(
            Object.entries({ ...before, ...parts }).filter(([, value]) => value !== undefined),
          )) as never,
        replace: true,
      }),
    [navigate],
  );
}
