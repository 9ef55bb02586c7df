import { queryOptions } from "@tanstack/react-query";
import { api } from "../api/api.ts";

/** All rules, notifiers and status pages: there is no topic of them, and several pages show the same. */
export const RULES = queryOptions({
  queryKey: ["rules"],
  queryFn: ({ signal }) => api("GET /api/v1/rules", { signal }),
});
export const NOTIFIERS = queryOptions({
  queryKey: ["notifiers"],
  queryFn: ({ signal }) => api("GET /api/v1/notifiers", { signal }),
});
export const STATUS_PAGES = queryOptions({
  queryKey: ["status-pages"],
  queryFn: ({ signal }) => api("GET /api/v1/status-pages", { signal }),
});
