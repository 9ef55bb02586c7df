import { QueryClient } from "@tanstack/react-query";
import { isApiError } from "../api/api-error.ts";

/** Only an absent or overloaded hub is worth asking again by itself. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        failures < 3 && isApiError(error) && (error.status === 0 || error.status === 429 || error.status >= 502),
    },
    mutations: { retry: false },
  },
});
