import { expect, test } from "vitest";
import { PullTextError } from "./pull-text.ts";
import { parseXml } from "./xml-text.ts";

test("elements, their text and characters by name and number are read", () => {
  expect(
    parseXml('<?xml version="1.0"?>\r\n<!-- a --><a >\n<b/><c>1 &lt; 2 &amp;&#38;&#x26; <!-- x -->!</c></a >\n'),
  ).toEqual({
    ...{ name: "a", text: "\n" },
    children: [
      { name: "b", text: "", children: [] },
      { name: "c", text: "1 < 2 &&& !", children: [] },
    ],
  });
});

test.each([
  ["", "no XML with one root"],
  ["words", "no XML with one root"],
  ["<a/>words", "no XML with one root"],
  ["<a/><b/>", "no XML with one root"],
  ["<a><b></a></b>", "which is not open there"],
  ["</a>", "which is not open there"],
  ["<a>", "ends in its middle"],
  ["<a", "ends in its middle"],
  ["<a><!-- ", "ends in its middle"],
  ["<a></a/>", "a tag that is not read"],
  ["<a b='c'/>", "a tag that is not read"],
  ["<1/>", "a tag that is not read"],
  [`<a${" ".repeat(200)}junk="1"/>`, "a tag that is not read"],
  ["<a><b/>words</a>", "text between the elements"],
  ["<a><?php?></a>", "an instruction in its middle"],
  ["<a><![CDATA[x]]></a>", "are not read"],
  ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "are not read"],
  ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "are not read"],
  ["<a>&b;</a>", "an entity that is not read"],
  ["<a>&constructor;</a>", "an entity that is not read"],
  ["<a>&#0;</a>", "an entity that is not read"],
  ["<a>&#x110000;</a>", "an entity that is not read"],
  ["<a>& </a>", "an entity that is not read"],
  ["<a>&amp</a>", "an entity that is not read"],
  ["<a>&#x;</a>", "an entity that is not read"],
  ["<a>&#1e3;</a>", "an entity that is not read"],
  [`<a>&${"x".repeat(100_000)};</a>`, "an entity that is not read"],
  ["<a>".repeat(17) + "</a>".repeat(17), "deeper than 16"],
  [`<a>${"<b/>".repeat(200_000)}</a>`, "more than 200000 elements"],
])("[PL65] %.60s is refused", (text, message) => {
  expect(() => parseXml(text)).toThrow(PullTextError);
  expect(() => parseXml(text)).toThrow(message);
});
