import { expect, test } from "vitest";
import { ERRORS, isMusterError, MusterError } from "./errors.ts";

test("every code is a word in capitals with a status, an exit code and one sentence", () => {
  for (const [code, entry] of Object.entries(ERRORS)) {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)*$/);
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.status).toBeLessThan(600);
    // sysexits.h and one of our own for a newer database; 0 and 1 say nothing, shells take 126 and above.
    expect(entry.exit).toBeGreaterThanOrEqual(64);
    expect(entry.exit).toBeLessThanOrEqual(79);
    expect(entry.text).toMatch(/^[A-Z].*\.$/);
  }
});

test("the exit codes of a program that does not start tell the reasons apart", () => {
  const codes = [
    "DATABASE_NEWER",
    "DATABASE_DAMAGED",
    "DATA_DIRECTORY_IN_USE",
    "DATA_DIRECTORY_UNSAFE",
    "ADDRESS_IN_USE",
    "CONFIG_INVALID",
  ] as const;
  expect(new Set(codes.map((code) => ERRORS[code].exit)).size).toBe(codes.length);
  expect(ERRORS.CONFIG_INVALID.exit).toBe(78);
});

test("an error says its sentence unless a more exact one is given, and keeps its cause for the log", () => {
  const cause = new Error("disk on fire");
  const error = new MusterError("STORAGE_FAILED", { retryAfterMs: 5 }, cause);
  expect([error.message, error.cause, error.details.retryAfterMs]).toEqual([ERRORS.STORAGE_FAILED.text, cause, 5]);
  expect(new MusterError("NOT_FOUND", { message: "No such server." }).message).toBe("No such server.");
  expect("cause" in new MusterError("NOT_FOUND")).toBe(false);
});

test("an error is known by its code", () => {
  const error: unknown = new MusterError("CONFLICT");
  expect([
    isMusterError(error),
    isMusterError(error, "CONFLICT"),
    isMusterError(error, "NOT_FOUND"),
    isMusterError(new Error("x")),
  ]).toEqual([true, true, false, false]);
});
