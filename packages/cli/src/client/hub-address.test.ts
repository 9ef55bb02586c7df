import { expect, test } from "vitest";
import { normalFingerprint } from "./connection.ts";
import { hubAddress } from "./hub-address.ts";
import { describeRequest } from "./hub-client.ts";

test("the option wins over MUSTER_URL, which wins over this machine's hub", () => {
  expect(hubAddress("https://a.example", { MUSTER_URL: "https://b.example" }).href).toBe("https://a.example/");
  expect(hubAddress(undefined, { MUSTER_URL: "https://b.example" }).href).toBe("https://b.example/");
  expect(hubAddress(undefined, {}).href).toBe("http://127.0.0.1:8765/");
});

test.each([
  ["http://hub.example", "https://"],
  ["ftp://127.0.0.1", "must be an address"],
  ["https://anna:secret@hub.example", "muster login"],
  ["hub", "must be an address"],
])("%s is refused, because it %s", (text, why) => {
  expect(() => hubAddress(text, {})).toThrowError(
    expect.objectContaining({
      code: "BAD_REQUEST",
      details: expect.objectContaining({ fields: { "--url": expect.stringContaining(why) } }),
    }),
  );
});

test("a fingerprint is understood with and without colons, in any case, and nothing else is one", () => {
  const digits = "ab".repeat(32);
  const normal = Array.from({ length: 32 }, () => "AB").join(":");
  for (const text of [digits, normal, `sha256:${digits}`, ` SHA-256=${digits.toUpperCase()} `]) {
    expect(normalFingerprint(text)).toBe(normal);
  }
  for (const text of ["", digits.slice(2), `${digits}00`, "zz".repeat(32)])
    expect(normalFingerprint(text)).toBeUndefined();
});

test("a route's name, parameters, query and body make the request", () => {
  expect(
    describeRequest("GET /api/v1/servers/{id}/processes", {
      params: { id: "a/b" },
      query: { limit: 5, other: undefined },
    }),
  ).toEqual({ method: "GET", path: "/api/v1/servers/a%2Fb/processes?limit=5", body: undefined });
  expect(describeRequest("POST /api/v1/users", { body: { name: "x" } }).body).toBe('{"name":"x"}');
});
