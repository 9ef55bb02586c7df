import { describe, expect, test } from "vitest";
import { noticeBody, noticeHead } from "../alerts/notice.ts";
import { parseSettings } from "../probes/fields.ts";
import { NOTIFIER_KIND_NAMES, NOTIFIER_KINDS } from "./kinds.ts";
import { exampleNotices, inTemplates, noticeValues } from "./notice-template.ts";
import { filledTemplate, TEMPLATE_NAMES, templateProblem } from "./template-text.ts";

const AT = Date.UTC(2026, 10, 26, 12);
const [OPENED, WORSE, RESOLVED] = exampleNotices(AT, "https://hub.example/incidents/x") as [never, never, never];

describe("templates", () => {
  test("[AL33] a name that there is not is refused with itself and those that there are", () => {
    expect(templateProblem("{{title}} is {{ state }}, {not} a {{}} name")).toMatch(/^knows no \{\{\}\}: there are /);
    expect(templateProblem("{{constructor}}")).toMatch(/^knows no \{\{constructor\}\}: there are \{\{title\}\}, /);
    expect(templateProblem("{{title}} {{ since }}, plain { braces } and {{{")).toBeUndefined();
    const { fields } = NOTIFIER_KINDS.slack;
    expect(parseSettings(fields, { channel: "x", titleTemplate: "{{tilte}}" })).toMatchObject({
      problems: { titleTemplate: expect.stringMatching(/^knows no \{\{tilte\}\}/) },
    });
  });

  test("[AL33] [DS-03] a text takes no longer to look through than it is long, whatever is in it", () => {
    for (const part of [" ", "{", "{{", "{{ ", "{{}", "a "]) {
      const text = `{{${part.repeat(6_000)}`;
      expect(templateProblem(text)).toBeUndefined();
    }
  });

  test("[AL33] every kind has them but the webhook, whose body is one; empty ones leave Muster's words", () => {
    for (const kind of NOTIFIER_KIND_NAMES)
      expect(Object.hasOwn(NOTIFIER_KINDS[kind].fields, "textTemplate"), kind).toBe(kind !== "webhook");
    expect(inTemplates(OPENED, { titleTemplate: "", textTemplate: "" })).toBe(OPENED);
  });

  test("[AL33] each name has its value for what opens, gets worse and ends", () => {
    const of = (notice: never) => noticeValues(notice);
    expect(Object.keys(of(OPENED)).toSorted()).toEqual([...TEMPLATE_NAMES].toSorted());
    expect([OPENED, WORSE, RESOLVED].map((one) => of(one).label)).toEqual(["WARNING", "CRITICAL Worse", "Resolved"]);
    expect(of(OPENED)).toMatchObject({
      until: "",
      duration: "42 min",
      since: "2026-11-26 11:18:00 UTC",
      wrongCount: "2",
    });
    expect(of(RESOLVED)).toMatchObject({ until: "2026-11-26 12:00:00 UTC", state: "resolved", resolvedAt: String(AT) });
  });

  test("[AL33] a line that names only what there is not is left out, lists become lines, and a head is never empty", () => {
    const put = (notice: never, titleTemplate: string, textTemplate: string) => {
      const said = inTemplates(notice, { titleTemplate, textTemplate });
      return [noticeHead(said), ...noticeBody(said)];
    };
    const text = "What is wrong:\n{{lines}}\nUntil: {{until}}\n\nhand-written";
    const lines = ["/var of web-1 is 97 % full", "/ of <db-1> & *co* is 91 % full"];
    expect(put(OPENED, "[{{label}}] {{ruleName}}", text)).toEqual([
      ...["[WARNING] Disk is nearly full", "What is wrong:", ...lines, "", "hand-written"],
    ]);
    expect(put(RESOLVED, "", text)).toContain("Until: 2026-11-26 12:00:00 UTC");
    expect(put(OPENED, "{{until}}", "{{title}}")).toEqual([noticeHead(OPENED), "Disk is nearly full: 2 things"]);
    expect(put(OPENED, "x", "{{lines}}\n".repeat(100))).toHaveLength(51);
  });

  test("[AL33] what is filled in is never read as a template again", () => {
    const values = { ...noticeValues(OPENED), title: "{{key}} {{text}}" };
    expect(filledTemplate("{{title}}", values)).toBe("{{key}} {{text}}");
    expect(
      filledTemplate('"{{title}}"', { ...values, title: 'a"b' }, (text) => JSON.stringify(text).slice(1, -1)),
    ).toBe('"a\\"b"');
  });
});
