import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./theme/mantine.css";
import { refreshSession } from "./api/refresh-session.ts";
import { App } from "./app/app.tsx";
import { registerOfflineShell } from "./app/register-offline-shell.ts";
import { startTexts } from "./i18n/i18n.ts";

/** Draws the pages into the document. */
export async function start(): Promise<void> {
  // The session and the texts travel at the same time. Who fails here is asked again by the page, which then tells.
  void refreshSession().catch(() => undefined);
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html lacks the element #root");
  await startTexts();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
  registerOfflineShell();
}
