import { MusterError } from "@muster/core";
import { expect, test } from "vitest";
import { refusalFrom } from "./client/hub-refusal.ts";
import { describeFailure, exitCodeFor, renderFailure } from "./failures.ts";
import { coloursFor } from "./terminal/colours.ts";

const plain = coloursFor("error", { outputIsScreen: false, errorIsScreen: false }, {});
const body = (error: object) => JSON.stringify({ error });

test("a refusal of the hub shows its sentence, fields, wait, code and request id", () => {
  const refusal = refusalFrom(
    429,
    body({ code: "RATE_LIMITED", message: "Too many.", fields: { "body.name": "is too long" }, requestId: "r-1" }),
    7,
  );
  expect(renderFailure(describeFailure(refusal), plain)).toBe(
    "error: Too many.\n  name: is too long\n  Try again in 7 s.\n  (RATE_LIMITED, request r-1)\n",
  );
  expect(exitCodeFor(refusal)).toBe(75);
});

test("a code that this program does not know is shown as it came and ends with the code of its status", () => {
  const refusal = refusalFrom(404, body({ code: "NEW_THING", message: "Something new.", requestId: "r" }), undefined);
  expect(describeFailure(refusal).code).toBe("NEW_THING");
  expect(exitCodeFor(refusal)).toBe(66);
});

test("a page that is not from a hub is told by its status", () => {
  const refusal = refusalFrom(502, "<html>Bad Gateway</html>", undefined);
  expect(refusal.message).toContain("HTTP 502");
  expect(exitCodeFor(refusal)).toBe(69);
});

test("what is not in the catalogue is a defect of ours and ends with 70", () => {
  expect(describeFailure(new TypeError("x is not a function")).code).toBe("INTERNAL");
  expect(exitCodeFor(new TypeError("x"))).toBe(70);
});

test("what the hub says cannot forge lines on the terminal", () => {
  const failure = describeFailure(new MusterError("NOT_FOUND", { message: "no\u001b[31m\nerror: forged" }));
  expect(renderFailure(failure, plain).split("\n")).toHaveLength(3);
});
