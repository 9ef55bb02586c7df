import { expect, test } from "vitest";
import { parseSmtpReply } from "./smtp-reply.ts";

test("a reply is read when its last line is there, and not before", () => {
  const whole = "250-mail.example.org\r\n250-SIZE 1000\r\n250 STARTTLS\r\n";
  for (let length = 0; length < whole.length; length++)
    expect(parseSmtpReply(whole.slice(0, length)), whole.slice(0, length)).toBeUndefined();
  expect(parseSmtpReply(whole)).toEqual({ code: 250, lines: ["mail.example.org", "SIZE 1000", "STARTTLS"] });
  expect(parseSmtpReply("220\n")).toEqual({ code: 220, lines: [""] });
  expect(parseSmtpReply("421 \u0007bye\u202e\r\nmore")).toEqual({ code: 421, lines: ["bye"] });
});

test.each([
  "SSH-2.0-OpenSSH\r\n",
  "HTTP",
  "<",
  "220-a\r\n250 b\r\n",
  "999 x\r\n",
  "220-a\r\nx",
  "22x",
  "250-x\n".repeat(200),
])("what is no SMTP is told as such: %j", (text) => {
  expect(parseSmtpReply(text)).toBe("not-smtp");
});
