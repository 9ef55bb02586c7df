import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withKeyLine, withoutKeyLine } from "./authorized-keys.ts";

const OLD = "ssh-ed25519 AAAAold muster-hub";
const NEW = "ssh-ed25519 AAAAnew muster-hub";

describe("[SS71] the new key's line", () => {
  test.each([
    ["an empty file", "", `${NEW}\n`],
    ["a file without an end of line", "ssh-rsa AAAA a", `ssh-rsa AAAA a\n${NEW}\n`],
    ["the old key with options", `from="10.0.0.1",no-pty ${OLD}\n`, `from="10.0.0.1",no-pty ${NEW}\n`],
    ["options with spaces and quotes", `command="a \\" b",restrict\t${OLD}\n`, `command="a \\" b",restrict ${NEW}\n`],
    ["the old key as an authority only", `cert-authority ${OLD}\n`, `${NEW}\n`],
    ["the old key in a comment", `# from="x" ${OLD}\n`, `${NEW}\n`],
  ])("goes to the end, with the options of the old one: %s", (_, before, added) => {
    const after = withKeyLine(before, NEW, OLD);
    expect(after.startsWith(before)).toBe(true);
    expect(after.endsWith(added)).toBe(true);
    expect(withKeyLine(after, NEW, OLD)).toBe(after);
  });

  test.each([
    ["with another comment", "ssh-ed25519 AAAAnew somebody else\n"],
    ["with options", `restrict,from="10.0.0.0/8" ${NEW}\n`],
    ["indented, with the line ends of Windows", `  ${NEW}\r\n`],
  ])("is not added where it is there %s", (_, text) => {
    expect(withKeyLine(text, NEW, OLD)).toBe(text);
  });

  test("is one line of a key and nothing else", () => {
    for (const line of ["", "hello", "ssh-ed25519", `${NEW}\n${OLD}`, "ssh-ed25519 $(id) x", `restrict ${NEW}`])
      expect(() => withKeyLine("", line, OLD), line).toThrow(/no line/);
  });
});

describe("[SS72] the old key's line", () => {
  test("is taken out by type and body, also where it is there twice; all else stays to the byte", () => {
    const kept = [
      "# ssh-ed25519 AAAAold in a comment\n",
      "ssh-ed25519 AAAAold2 longer\r\n",
      "ssh-rsa AAAAold another type\n",
      `cert-authority ${OLD}\n`,
      `environment="KEY=ssh-ed25519 AAAAold" ${NEW}\n`,
      "\n\xff\xfe not any line\n",
      "last without an end",
    ];
    const text = [
      kept[0],
      `${OLD}\n`,
      ...kept.slice(1, 4),
      `from="1.2.3.4" ssh-ed25519\tAAAAold x\n`,
      ...kept.slice(4),
    ];
    expect(withoutKeyLine(text.join(""), OLD)).toBe(kept.join(""));
    expect(withoutKeyLine(`a\n${OLD}`, OLD)).toBe("a\n");
    expect(withoutKeyLine("", OLD)).toBe("");
  });

  test("whatever the file holds: adding and taking out again leaves each of its lines", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const added = withKeyLine(text, NEW, OLD);
        expect(withoutKeyLine(added, NEW)).toBe(text === "" || text.endsWith("\n") ? text : `${text}\n`);
      }),
    );
  });
});
