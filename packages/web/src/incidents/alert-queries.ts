import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/api.ts";

/** All rules, and all notifiers: there is no topic of them, and several pages show the same. */
export const RULES = queryOptions({
  queryKey: ["rules"],
  queryFn: ({ signal }) => api("GET /api/v1/rules", { signal }),
});
export const NOTIFIERS = queryOptions({
  queryKey: ["notifiers"],
  queryFn: ({ signal }) => api("GET /api/v1/notifiers", { signal }),
});
