import { marzbanToken } from "@muster/core";
import type { PanelDialect } from "./panel-client.ts";

/** The sign-in that Marzban's family shares: a form, and a token as bearer. */
export const formLogin = (path: string): PanelDialect["login"] => ({
  path,
  contentType: "application/x-www-form-urlencoded",
  body: (user, password) => new URLSearchParams({ grant_type: "password", username: user, password }).toString(),
  tokenOf: marzbanToken,
});

export const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });
