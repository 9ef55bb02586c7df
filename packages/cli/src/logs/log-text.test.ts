import fc from "fast-check";
import { expect, test } from "vitest";
import { logText } from "./log-text.ts";

const ESC = "\u001b";

test.each([
  ["a link (OSC 8)", `${ESC}]8;;http://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`, "click"],
  ["the clipboard (OSC 52)", `a${ESC}]52;c;cm0gLXJmIC8=\u0007b`, "ab"],
  ["a title (OSC 0)", `${ESC}]0;root@bank\u0007ok`, "ok"],
  ["a title in C1 characters", "\u009d0;root@bank\u009cok", "ok"],
  ["a question for settings (DECRQSS)", `${ESC}P$qm${ESC}\\ok`, "ok"],
  ["a question for a mode (DECRQM)", `${ESC}[?2026$pok`, "ok"],
  ["a question who it is (DA)", `${ESC}[cok${ESC}[>0c`, "ok"],
  ["a question where the cursor is", `${ESC}[6nok`, "ok"],
  ["a cleared screen", `${ESC}[2J${ESC}[Hok${ESC}[1A`, "ok"],
  ["a cleared screen in C1 characters", "\u009b2Jok", "ok"],
  ["a reset of the terminal", `${ESC}cok`, "ok"],
  ["another character set", `${ESC}(0ok`, "ok"],
  ["a line that is written over", "evil\rgood\bx", "evilgoodx"],
  ["a bell and a delete", "a\u0007b\u007fc", "abc"],
  ["a string without an end", `${ESC}]0;never ended`, "0;never ended"],
  ["a sequence within a string", `${ESC}]0;${ESC}[31mred`, "0;red"],
  ["one put together from parts", `${ESC}${ESC}[31m[2Jok`, "2Jok"],
  ["text that turns round", "user\u202egnp.exe", "user\\u202egnp.exe"],
  ["a line within a line", "a\u2028b", "ab"],
])("[XS-03] %s does not reach the terminal", (_what, line, text) => {
  expect(logText(line, "plain")).toBe(text);
});

test("[XS-03] colours and weights stay where they are wanted, and end with the line", () => {
  const line = `${ESC}[1;31mred${ESC}[38;5;208morange${ESC}[48;2;1;2;3mback\tx`;
  expect(logText(line, "kept")).toBe(`${line}${ESC}[0m`);
  expect(logText(line, "plain")).toBe("redorangeback\tx");
});

test.each(["5", "8", "38;5", "38;5;300", "38;7;1", "1;8", "?25", "4:3", "9999"])(
  "[XS-03] with %s a colour would blink, hide or be none, so it goes",
  (parameters) => {
    expect(logText(`${ESC}[${parameters}mx`, "kept")).toBe("x");
  },
);

test("[XS-03] whatever a line holds, only plain text and whole colours come out", () => {
  const nasty = fc.constantFrom(
    ESC,
    "[",
    "]",
    ";",
    "m",
    "J",
    "\u009b",
    "\u009d",
    "\u0007",
    "\\",
    "P",
    "3",
    "8",
    "\uffff",
    "a",
    "\r",
  );
  fc.assert(
    fc.property(fc.array(nasty, { maxLength: 60 }), (parts) => {
      // eslint-disable-next-line no-control-regex
      const text = logText(parts.join(""), "kept").replaceAll(/\u001b\[[0-9;]*m/g, "");
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 2_000 },
  );
});
