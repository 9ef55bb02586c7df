import { describe, expect, test } from "vitest";
import { levelOfText, stripColours, stripEscapes, timeOfText } from "./log-text.ts";
import { REDACTED, Redactor, redactText } from "./redact.ts";

describe("secrets in lines of logs", () => {
  test.each([
    ["postgres://app:hunter2@db:5432/x", "hunter2"],
    ["GET / Authorization: Bearer abc.def-ghi", "abc.def-ghi"],
    ['{"authorization":"Basic dXNlcjpwYXNz"}', "dXNlcjpwYXNz"],
    ["password=hunter2 user=anna", "hunter2"],
    ['{"db_password": "my long pass", "x": 1}', "my long pass"],
    ['\\"token\\":\\"abcdef\\"', "abcdef"],
    ["\u001b[36mpassword\u001b[0m=hunter2", "hunter2"],
    ["DB_PASSWORD_FILE: /x/secretplace", "secretplace"],
    ["mysql --password hunter2 -u x", "hunter2"],
    ["api-key: 12345-abc", "12345-abc"],
    ["aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "wJalrXUtnFEMI"],
    ["id AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"],
    ["push with ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"],
    ["slack xoxb-1234567890-abcdef", "xoxb-1234"],
    ["join mst1.0123456789.abcdefgh.xyz now", "mst1.0123"],
    ["api msa1.0190abcd.secretsecret", "msa1.0190"],
    ["jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def", "eyJzdWIi"],
    ["cookie: muster=abcdef; other=x", "abcdef"],
    ["bot 123456789:AAabcdefghijklmnopqrstuvwxyz0123456", "AAabcdef"],
  ])("%j loses its secret", (line, secret) => {
    const redacted = redactText(line);
    expect(redacted).not.toContain(secret);
    expect(redacted).toContain(REDACTED);
    expect(redactText(redacted)).toBe(redacted);
  });

  test.each([
    "GET /users?page=2 200",
    "the password was changed",
    "max_tokens 4096",
    "http://example.org:8080/a:b@c",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "key exchange done",
  ])("%j stays as it is", (line) => {
    expect(redactText(line)).toBe(line);
  });

  test("a private key goes with all its lines, also when its beginning was not seen", () => {
    const body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    const redactor = new Redactor();
    const lines = ["a", "-----BEGIN RSA PRIVATE KEY-----", body, "short==", "-----END RSA PRIVATE KEY-----", "b"];
    expect(lines.map((line) => redactor.redact(line))).toEqual(["a", REDACTED, REDACTED, REDACTED, REDACTED, "b"]);
    expect(new Redactor().redact(body)).toBe(REDACTED);
    expect(redactText(`{"k":"-----BEGIN PRIVATE KEY-----\\n${body}\\n-----END PRIVATE KEY-----"}`)).not.toContain(
      "MIIE",
    );
    expect(new Redactor().redact("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")).not.toBe(
      REDACTED,
    );
  });
});

describe("[XS-03] escapes in lines of logs", () => {
  test.each([
    ["\u001b]8;;http://evil\u0007click\u001b]8;;\u0007", "click"],
    ["\u001b]52;c;aGk=\u001b\\x", "x"],
    ["\u001b]0;title\u0007y", "y"],
    ["\u001bP$qm\u001b\\z", "z"],
    ["\u001b[c\u001b[>c\u001b[6n.", "."],
    ["\u001b[2J\u001b[Hhome", "home"],
    ["\u009b31mred", "31mred"],
    ["a\u0007\u0000b", "ab"],
    ["never ended \u001b]0;all of this", "never ended "],
    ["\u001b[31mred\u001b[0m", "\u001b[31mred\u001b[0m"],
    ["50%\r100%\r", "50% 100%"],
    ["tab\tstays", "tab\tstays"],
  ])("%j becomes %j", (line, clean) => {
    expect(stripEscapes(line)).toBe(clean);
  });

  test("without colours nothing of an escape is left", () => {
    expect(stripColours("\u001b[1;31mred\u001b[m")).toBe("red");
  });
});

test.each([
  ["2026-01-02T03:04:05.678Z ok", Date.UTC(2026, 0, 2, 3, 4, 5, 678)],
  ["[2026-01-02 03:04:05,5 +0200] ok", Date.UTC(2026, 0, 2, 1, 4, 5, 500)],
  ["2026-01-02 03:04:05 no zone", null],
  ["2026-13-02T03:04:05Z", null],
])("the time of %j is %j", (line, at) => {
  expect(timeOfText(line)).toBe(at);
});

test.each([
  ["2026 ERROR it broke", 3],
  ['{"level":"warn","msg":"x"}', 4],
  ["level=info", 6],
  ["[error] 12#0: x", 3],
  ["no errors found", null],
  ["\u001b[31mFATAL\u001b[0m: x", 2],
])("the level of %j is %j", (line, level) => {
  expect(levelOfText(line)).toBe(level);
});
