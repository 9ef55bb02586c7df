import { askEarly } from "./early-answers.ts";

// What the first view waits for is asked for before the framework is even read; the overview's code travels along.
const me = askEarly("/api/v1/me");
if (location.pathname === "/") {
  // Whoever is not signed in is refused once, not twice.
  me.then((answer) => {
    if (answer.ok) void askEarly("/api/v1/servers");
  }).catch(() => undefined);
  void import("./pages/overview/overview-page.tsx");
}
void import("./start.tsx").then(({ start }) => start());
