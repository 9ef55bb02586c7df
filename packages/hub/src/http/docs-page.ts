import { ERRORS } from "@muster/core";
import { ROUTES } from "@muster/protocol";
import type { Route } from "@muster/protocol";
import { z } from "zod";

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font: 13px/1.45 ui-monospace, monospace }
details { border-top: 1px solid #8884; padding: .5rem 0 }
summary { cursor: pointer } summary b { display: inline-block; min-width: 4.5rem }
pre { overflow-x: auto; background: #8881; padding: .75rem; border-radius: 4px }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top }`;

/** The API's documentation as one plain page without scripts: every route, what it takes, what it gives, what can go wrong. */
export function docsPage(version: string): string {
  const routes = (Object.entries(ROUTES) as [string, Route][]).map(([name, route]) => section(name, route)).join("");
  const errors = Object.entries(ERRORS)
    .map(
      ([code, entry]) => `<tr><td><code>${code}</code></td><td>${entry.status}</td><td>${escape(entry.text)}</td></tr>`,
    )
    .join("");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Muster API</title>
<link rel="stylesheet" href="/api/docs.css"></head><body><main><h1>Muster API</h1>
<p>Version ${escape(version)}. The same as a machine-readable description: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<p>Sign in for a session cookie, or send an API token: <code>Authorization: Bearer msa1.…</code>. With a session, requests that change something also carry
<code>x-muster-csrf</code> with the token from <code>GET /api/v1/me</code>. Bodies are JSON and strict: an unknown field is an error that names it.</p>
<h2>Routes</h2>${routes}<h2>Errors</h2><p>Always <code>{"error":{"code","message","fields","requestId"}}</code>.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>${errors}</tbody></table></main></body></html>`;
}

const PERMISSIONS: Readonly<Record<string, string>> = {
  public: "nobody needs to be signed in",
  "own-token": "a token of this route's own kind",
  "signed-in": "anybody who is signed in",
};

export const docsStyle = STYLE;

function section(name: string, route: Route): string {
  const [method = "", path = ""] = name.split(" ");
  const permission = PERMISSIONS[route.permission] ?? `right <code>${route.permission}</code>`;
  const parts = [
    `<p>${permission[0]!.toUpperCase()}${permission.slice(1)}.</p>`,
    route.params ? block("Path", route.params, "input") : "",
    route.query ? block("Query", route.query, "input") : "",
    route.body ? block("Body", route.body, "input") : "",
    route.status === 204
      ? "<p>Answers 204 without a body.</p>"
      : block(`Answer (${route.status ?? 200}${as(route)})`, route.answer, "output"),
    route.streamed
      ? "<p>Comes piece by piece; where the connection ends before the answer does, it is not whole.</p>"
      : "",
    route.errors
      ? `<p>Errors besides the usual: ${route.errors.map((code) => `<code>${escape(code)}</code>`).join(", ")}</p>`
      : "",
  ];
  return `<details><summary><b>${method}</b> <code>${escape(path)}</code><br>${escape(route.summary)}</summary>${parts.join("")}</details>`;
}

/** What else an answer can be. */
const as = ({ streamed = [] }: Route): string =>
  streamed.length > 1 ? `; as ${streamed.join(", ")}; the JSON form is` : "";

function block(title: string, schema: z.ZodType, io: "input" | "output"): string {
  const json = z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" }) as Record<
    string,
    unknown
  >;
  delete json["$schema"];
  return `<h4>${title}</h4><pre>${escape(JSON.stringify(json, null, 2))}</pre>`;
}
