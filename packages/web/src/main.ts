import { askEarly } from "./early-answers.ts";

// What the first view waits for is asked for before the framework is even read; the overview's code travels along.
askEarly("/api/v1/me");
if (location.pathname === "/") {
  askEarly("/api/v1/servers");
  void import("./pages/overview/overview-page.tsx");
}
void import("./start.tsx").then(({ start }) => start());
