import { ERRORS } from "@muster/core";
import { ROUTES } from "@muster/protocol";
import type { Route } from "@muster/protocol";
import { expect, test } from "vitest";
import { configDocument } from "../src/config/config-document.ts";
import { compatDocument } from "../src/http/compat/compat-document.ts";
import { docsPage, docsStyle } from "../src/http/docs-page.ts";
import { errorDocument } from "../src/http/error-document.ts";
import { openApiDocument } from "../src/http/openapi.ts";
import { expectGolden } from "./golden-file.ts";

const doc = (name: string): URL => new URL(`../../../docs/${name}`, import.meta.url);

test("docs/config.md says what the settings are", () => expectGolden(doc("config.md"), configDocument()));
test("docs/api-errors.md says what the errors are", () => expectGolden(doc("api-errors.md"), errorDocument()));

test("docs/api-compat.md says which paths of other systems are answered, and how", () =>
  expectGolden(doc("api-compat.md"), compatDocument()));

const SECURITY: Readonly<Record<string, readonly object[]>> = { public: [], "own-token": [{ ownToken: [] }] };

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly additionalProperties?: boolean } }>>;
  };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
  readonly security: readonly object[];
}
interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: object };
}

test("the OpenAPI document covers every route with its parameters, body, answers and errors", () => {
  const document = JSON.parse(JSON.stringify(openApiDocument("1.2.3"))) as OpenApi;
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Muster", version: "1.2.3" } });
  const told = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(told.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
  for (const [name, route] of Object.entries(ROUTES) as [string, Route][]) {
    const [method = "", path = ""] = name.split(" ");
    const operation = document.paths[path]![method.toLowerCase()]!;
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, word]) => word);
    const parameters = operation.parameters ?? [];
    expect(
      parameters
        .filter((parameter) => parameter.in === "path")
        .map((parameter) => [parameter.name, parameter.required]),
    ).toEqual(inPath.map((word) => [word, true]));
    expect(parameters.filter((parameter) => parameter.in === "query").map((parameter) => parameter.name)).toEqual(
      Object.keys(route.query?.shape ?? {}),
    );
    expect(
      parameters.every(({ schema }) => Object.keys(schema).length > 0),
      `${name}: each parameter has a type`,
    ).toBe(true);
    expect(operation.requestBody?.content["application/json"]?.schema.additionalProperties, name).toBe(
      route.body ? false : undefined,
    );
    expect(Object.keys(operation.responses)).toEqual(
      expect.arrayContaining([String(route.status ?? 200), "400", "429", "500"]),
    );
    for (const code of route.errors ?? [])
      expect(operation.responses[ERRORS[code as keyof typeof ERRORS].status]?.description).toContain(code);
    expect(operation.security).toEqual(SECURITY[route.permission] ?? [{ token: [] }, { session: [] }]);
    for (const { description } of Object.values(operation.responses)) expect(description).not.toBe("");
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, place]) => place!);
  for (const place of references) {
    let at: unknown = document;
    for (const part of place.split("/")) at = (at as Record<string, unknown> | undefined)?.[part];
    expect(at, place).toBeDefined();
  }
});

test("the documentation page lists every route and every error", () => {
  const page = docsPage("1.2.3");
  for (const name of Object.keys(ROUTES)) expect(page).toContain(`<code>${name.split(" ")[1]}</code>`);
  for (const code of Object.keys(ERRORS)) expect(page).toContain(`<code>${code}</code>`);
});

test("[XS-05] the documentation page runs nothing and lets nothing out of its text", () => {
  const page = docsPage('</script><script>alert(1)</script><img src=x onerror="x">');
  expect(page).not.toMatch(/<script|<img|onerror="|javascript:|style="/i);
  expect(docsStyle).not.toContain("<");
});
