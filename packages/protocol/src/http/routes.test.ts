import { ALL_RIGHTS, ERRORS } from "@muster/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resources, ROUTES } from "../index.ts";
import type { Route } from "../index.ts";

const routes = Object.entries(ROUTES) as readonly (readonly [string, Route])[];

describe("the route table", () => {
  test("paths are versioned, lower case, and name their parameters", () => {
    for (const [name, route] of routes) {
      expect(name).toMatch(/^(?:GET|POST|PUT|PATCH|DELETE) \/api\/v1(?:\/(?:[a-z-]+|\{[a-z]+\}))+$/);
      const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, word]) => word);
      expect(Object.keys(route.params?.shape ?? {})).toEqual(inPath);
    }
  });

  test("each asks for a right that exists or says that it is open, and only known errors come back", () => {
    for (const [, route] of routes) {
      expect(["public", "own-token", "signed-in", ...ALL_RIGHTS]).toContain(route.permission);
      for (const code of route.errors ?? []) expect(ERRORS).toHaveProperty(code);
      expect(route.summary).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("what is public is a short list", () => {
    const open = routes.filter(([, { permission }]) => permission === "public").map(([name]) => name);
    expect(open.toSorted()).toEqual(["GET /api/v1/setup", "POST /api/v1/login", "POST /api/v1/setup"]);
    const ownTokens = routes.filter(([, { permission }]) => permission === "own-token").map(([name]) => name);
    expect(ownTokens.toSorted()).toEqual([
      "POST /api/v1/pings/{token}",
      "POST /api/v1/pings/{token}/{signal}",
      "POST /api/v1/servers/register",
      "POST /api/v1/servers/{id}/heartbeat",
      "POST /api/v1/telegram/{id}",
    ]);
  });

  test("a GET takes no body; what changes something is limited as a write or a sign-in", () => {
    for (const [name, route] of routes) {
      if (name.startsWith("GET "))
        expect([name, route.body, ["read", "query"].includes(route.rate)]).toEqual([name, undefined, true]);
      else expect([name, ["write", "login", "heartbeat"].includes(route.rate)]).toEqual([name, true]);
    }
  });

  test("what answers nothing answers 204", () => {
    for (const [name, route] of routes)
      expect([name, route.answer.safeParse(null).success]).toEqual([name, route.status === 204]);
  });

  test("[AZ-13] every request part refuses a field it does not know, prototypes included", () => {
    for (const [name, route] of routes)
      for (const part of [route.params, route.query, route.body]) {
        if (!part) continue;
        for (const text of ['{"surplus":1}', '{"__proto__":{"role":"admin"}}', '{"constructor":1}']) {
          const parsed = part.safeParse(JSON.parse(text));
          const issues = parsed.success ? [] : parsed.error.issues.filter(({ code }) => code === "unrecognized_keys");
          expect([name, text, issues.length]).toEqual([name, text, 1]);
        }
      }
  });

  test("[DS-02] every text in a request has a bound", () => {
    const huge = "a".repeat(300_000);
    const fill = (json: unknown): unknown => {
      const schema = json as { readonly type?: string; readonly properties?: Readonly<Record<string, unknown>> };
      if (schema.properties)
        return Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, fill(value)]));
      return huge;
    };
    for (const [name, route] of routes)
      for (const part of [route.params, route.query, route.body]) {
        if (!part) continue;
        const shape = Object.keys(part.shape);
        const parsed = part.safeParse(fill({ properties: Object.fromEntries(shape.map((key) => [key, {}])) }));
        const refused = parsed.success ? [] : parsed.error.issues.map(({ path }) => String(path[0]));
        expect([name, shape.filter((key) => !refused.includes(key))]).toEqual([name, []]);
      }
  });
});

describe("names", () => {
  test("a user's name is lower case, bounded, and begins and ends with a letter or digit", () => {
    for (const good of ["a", "anna", "anna.b-c_d", "0", "a".repeat(64)])
      expect(resources.userName.safeParse(good).success).toBe(true);
    for (const bad of [
      "",
      "Anna",
      "anna ",
      " anna",
      ".a",
      "a.",
      "a b",
      "анна",
      "a\n",
      "a\u0000b",
      "a".repeat(65),
      "../a",
    ])
      expect([bad, resources.userName.safeParse(bad).success]).toEqual([bad, false]);
  });

  test("a server's name cannot leave a quoted shell word, a line or a URL", () => {
    for (const good of ["web-1", "Сервер 1", "a", "日本"])
      expect([good, resources.serverName.safeParse(good).success]).toEqual([good, true]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), (text) => {
        // oxlint-disable-next-line no-control-regex -- a NUL is one of what must not be in it
        if (resources.serverName.safeParse(text).success) expect(text).not.toMatch(/['"`$\\<>&;|\n\r\t\u0000%#?/]/);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a password is bounded below and above, and anything in between", () => {
    expect([11, 12, 256, 257].map((length) => resources.password.safeParse("x".repeat(length)).success)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});

test("[PL44] a series that could never be taken over is refused where it is named", () => {
  const allowing = (...allow: string[]) =>
    resources.linkSettings.safeParse({ kind: "pull", adapter: "node-exporter", url: "http://a:9100", allow }).success;
  expect([allowing("app_requests", "zfs*"), allowing("app requests"), allowing("*"), allowing("")]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
