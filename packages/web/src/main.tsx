import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./theme/mantine.css";
import { App } from "./app/app.tsx";
import { registerOfflineShell } from "./app/register-offline-shell.ts";
import { startTexts } from "./i18n/i18n.ts";

// Asked for early, so that the overview's code and the session travel at the same time.
if (location.pathname === "/") void import("./pages/overview/overview-page.tsx");

const root = document.getElementById("root");
if (!root) throw new Error("index.html lacks the element #root");
await startTexts();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
registerOfflineShell();
