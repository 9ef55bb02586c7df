import { NOTICE_KINDS, NOTIFIER_KINDS } from "@muster/core";
import type { Logger, Notice, NotifierKindName, ProbeSettings } from "@muster/core";
import { createLogger, Egress, parseHttpUrl, parseTarget, systemClock, targetText } from "@muster/node-kit";
import { FakeClock, needs, startAuthority, waitFor } from "@muster/testkit";
import type { Authority, CertificateFiles } from "@muster/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNotifier } from "../src/notify/catalog.ts";
import type { Delivery, Notifier, NotifierWay } from "../src/notify/notifier.ts";
import { filledSettings } from "./filled-settings.ts";

/** A way by real egress rules, to exactly what is asked for. */
export function notifierWay(): NotifierWay {
  const egress = new Egress({ clock: systemClock, attemptsPerMinuteMax: 10_000 });
  const opened = (target: ReturnType<typeof parseTarget>) => (target === undefined ? [] : [targetText(target)]);
  return {
    request: (request, signal) =>
      egress.request({ ...request, purpose: "notifier", opened: opened(parseHttpUrl(request.url)?.target) }, signal),
    connect: (host, port, signal) =>
      egress.connect({ purpose: "notifier", opened: opened(parseTarget(host, port)), host, port }, signal),
  };
}

/** What stands in every secret, and must stand nowhere else. */
export const CANARY = "canary0f5ec2e7";
/** What faulty vendors answer, and must be told to nobody. */
const INNER = "inner-answer-of-the-vendor";
export const OURS = "https://hub.example/incidents/i1";

export const NOTICE: Notice = {
  ...{ key: "i1-n1", kind: "opened", incidentId: "i1", state: "open", severity: "critical", ruleName: "Disk is full" },
  ...{ title: "Disk is full: /var of alpha is 98 % full", lines: ["/var of alpha is 98 % full", "/ of beta is full"] },
  ...{ wrongCount: 2, openedAt: 1_700_000_000_000, resolvedAt: null, acknowledgedBy: null, at: 1_700_000_060_000 },
  url: OURS,
};

/** The same incident, told for another reason. */
export const noticeOf = (kind: Notice["kind"], key = `i1-${kind}`): Notice => ({
  ...{ ...NOTICE, kind, key },
  ...(kind === "resolved" && { state: "resolved" as const, resolvedAt: NOTICE.openedAt + 3_600_000 }),
  ...(kind === "acknowledged" && { acknowledgedBy: "anna" }),
  ...(kind === "test" && { incidentId: "" }),
});

/** What somebody could call a server to make something of a message that it is not. */
const HOSTILE = [
  "<script>alert(1)</script>",
  "<b>x</b> &amp; <img src=x onerror=alert(1)>",
  "@everyone @here @channel @all <!channel> <@U123> <@&123> @room",
  "[x](http://evil.example) <http://evil.example|x> http://evil.example https://evil.example www.evil.example",
  "**bold** __x__ ~~x~~ `code` ||spoiler|| \\",
  "x\r\nBcc: evil@evil.example\r\n\r\nbody",
  "# heading\n- list\n> quoted",
  "\u202Egpj.exe\u2066 \u200Bx \u0000\u001b[31m",
  ...["- item", "1. item", "-# small", "> quoted", "# heading"],
  "x".repeat(10_000),
  "/a @b ".repeat(2_000),
  "<&>\"'*[".repeat(2_000),
  "😀".repeat(5_000),
  "\uD800 alone \uDC00",
  "=?utf-8?q?x?=",
];

const PIECES = [
  ...Array.from("<>&[](){}*_~`|#@!:/\\.-+='\"$ \t\n\r0é"),
  ...[
    "\u2028",
    "\u202E",
    "\u2060",
    "\u200D",
    "\uD83D",
    "\uDE00",
    "😀",
    "a",
    "evil.example",
    "http://",
    "HTTPS://",
    "www.",
    "1. ",
    "- ",
  ],
  ...[
    "@everyone",
    "<!channel>",
    "](",
    "](http://evil.example)",
    "{{DATE(",
    "&lt;",
    "\r\nBcc: x",
    "=?utf-8?q?",
    "<b>",
    "\\",
  ],
];

/** What a vendor was told, as the contract looks at it. Markup that is not ours the stand-ins refuse themselves. */
export interface Told {
  /** Texts that people would see, each decoded from the vendor's language only as far as that language goes. */
  readonly texts: readonly string[];
  /** What tells the vendor, or who reads, that it has it already; undefined where there is nothing such. */
  readonly sameness: string | undefined;
}

/** How each vendor goes wrong, whatever its language. `unreadable`: a success that is none of its own. */
export type Fault =
  | "refusal"
  | "unauthorized"
  | "forbidden"
  | "busy"
  | "broken"
  | "hang"
  | "trickle"
  | "reset"
  | "garbage"
  | "huge"
  | "unreadable";

export interface VendorArena extends AsyncDisposable {
  readonly settings: ProbeSettings;
  readonly secret: string | undefined;
  /** All that was taken as a message, in order. */
  told(): readonly Told[];
  /** How often somebody came, also in vain. */
  count(): number;
  setFault(fault: Fault | undefined): void;
}

export interface VendorRules {
  readonly kind: Exclude<NotifierKindName, "log">;
  start(certificate?: CertificateFiles): Promise<VendorArena>;
  /** How long to wait where the vendor says so when it is busy; undefined: it never says. */
  readonly busyWaitMs: number | undefined;
  /** Whether a success must look like the vendor's own to count. */
  readonly knowsItsVendor: boolean;
  /** It hands on names as they are, as data. */
  readonly isData?: true;
}

/** A notifier, and all that it logs. */
export function notifierOf(
  kind: NotifierKindName,
  { settings, secret }: Pick<VendorArena, "settings" | "secret">,
  way: NotifierWay = notifierWay(),
): Notifier & { readonly logged: () => string } {
  const lines: string[] = [];
  const clock = new FakeClock(NOTICE.at);
  const log: Logger = createLogger({ level: "debug", format: "json" }, clock, (line) => lines.push(line));
  const notifier = createNotifier(kind, filledSettings(NOTIFIER_KINDS[kind].fields, settings), {
    clock,
    log,
    way,
    secret,
  });
  return { deliver: (...given) => notifier.deliver(...given), logged: () => lines.join("") };
}

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

const describeTls = await needs("openssl");

/** What holds for every notifier, whoever its vendor is. */
export function describeNotifier(rules: VendorRules): void {
  const { kind, start, busyWaitMs, knowsItsVendor, isData } = rules;
  const entry = NOTIFIER_KINDS[kind];

  const notifierTest = (title: string, body: (arena: VendorArena) => Promise<void>): void =>
    test(title, async () => {
      await using arena = await start();
      await body(arena);
    });

  describe(`${entry.title} notifier`, () => {
    notifierTest("tells all of an incident's life by its vendor's rules", async (arena) => {
      const notifier = notifierOf(kind, arena);
      let ref: string | undefined;
      for (const noticeKind of NOTICE_KINDS) {
        const delivery = await notifier.deliver(noticeOf(noticeKind), noticeKind === "test" ? undefined : ref, soon());
        expect(delivery, noticeKind).toMatchObject({ outcome: "sent" });
        if (noticeKind === "opened" && delivery.outcome === "sent") ({ ref } = delivery);
      }
      const texts = arena
        .told()
        .flatMap((told) => told.texts)
        .join("\n");
      expect(texts).toContain("98 % full");
      expect(arena.told().length).toBeGreaterThanOrEqual(NOTICE_KINDS.length);
    });

    notifierTest("does without an address of the hub, and without lines", async (arena) => {
      const bare = { ...NOTICE, url: undefined, lines: [] };
      expect(await notifierOf(kind, arena).deliver(bare, undefined, soon())).toMatchObject({ outcome: "sent" });
    });

    notifierTest("a second attempt says the same, so that whoever gets both can tell", async (arena) => {
      const notifier = notifierOf(kind, arena);
      await notifier.deliver(NOTICE, undefined, soon());
      await notifier.deliver(NOTICE, undefined, soon());
      const [first, second, ...others] = arena.told();
      expect(others).toEqual([]);
      expect(second).toEqual(first);
    });

    test.each<readonly [Fault, "later" | "never" | "lasting"]>([
      ["refusal", "never"],
      ["unauthorized", "lasting"],
      ["forbidden", "lasting"],
      ["busy", "later"],
      ["broken", "later"],
      ["reset", "later"],
      ["garbage", "later"],
    ])("[SR-06] [TG-03] [CR-01] %s: to be tried again %s, and nothing secret is told", async (fault, retry) => {
      await using arena = await start();
      arena.setFault(fault);
      const notifier = notifierOf(kind, arena);
      const delivery = await notifier.deliver(NOTICE, undefined, soon());
      expect(delivery).toMatchObject({ outcome: "failed", retry });
      if (fault === "busy")
        expect(delivery).toEqual({ ...delivery, ...(busyWaitMs !== undefined && { waitMs: busyWaitMs }) });
      else expect(delivery).not.toHaveProperty("waitMs");
      expectNothingSecret(delivery, notifier.logged());
      // With another message to bring up to date as well.
      const edited = await notifier.deliver(noticeOf("resolved"), "77", soon());
      expect(edited).toMatchObject({ outcome: "failed", retry });
      expectNothingSecret(edited, notifier.logged());
      arena.setFault(undefined);
      expect(await notifier.deliver(NOTICE, undefined, soon())).toMatchObject({ outcome: "sent" });
    });

    test.each<readonly [Fault]>([["hang"], ["trickle"]])(
      "%s: ends with the signal, to be tried later",
      async (fault) => {
        await using arena = await start();
        arena.setFault(fault);
        const ending = new AbortController();
        const notifier = notifierOf(kind, arena);
        const delivering = notifier.deliver(NOTICE, undefined, ending.signal);
        await waitFor(() => arena.count() > 0, { describe: "the vendor is asked" });
        ending.abort();
        const delivery = await delivering;
        expect(delivery).toEqual({ outcome: "failed", detail: "no answer in time", retry: "later" });
        expectNothingSecret(delivery, notifier.logged());
        // One that is over before it begins asks nobody.
        const before = arena.count();
        expect(await notifier.deliver(NOTICE, undefined, ending.signal)).toMatchObject({
          outcome: "failed",
          retry: "later",
        });
        expect(arena.count()).toBe(before);
      },
    );

    test.each<readonly [Fault]>([["huge"], ["unreadable"]])(
      `%s: a success that is not the vendor's ${knowsItsVendor ? "is none" : "is one"}`,
      async (fault) => {
        await using arena = await start();
        arena.setFault(fault);
        const notifier = notifierOf(kind, arena);
        const delivery = await notifier.deliver(NOTICE, undefined, soon());
        expect(delivery).toMatchObject(knowsItsVendor ? { outcome: "failed", retry: "later" } : { outcome: "sent" });
        expectNothingSecret(delivery, notifier.logged());
      },
    );

    test("where nobody listens it is tried later", async () => {
      const arena = await start();
      await arena[Symbol.asyncDispose]();
      const notifier = notifierOf(kind, arena);
      const delivery = await notifier.deliver(NOTICE, undefined, soon());
      expect(delivery).toEqual({ outcome: "failed", detail: "nothing listens there", retry: "later" });
      expectNothingSecret(delivery, notifier.logged());
    });

    /** Tells of things by this name, and looks at what became of it; the stand-ins refuse what would be markup. */
    async function expectInert(arena: VendorArena, notifier: Notifier, name: string): Promise<void> {
      const before = arena.told().length;
      const notice = { ...NOTICE, ...{ title: name, ruleName: name, lines: Array.from({ length: 10 }, () => name) } };
      const named = { ...notice, acknowledgedBy: name, kind: "acknowledged" as const };
      for (const one of [notice, { ...notice, lines: [] }, named])
        expect(await notifier.deliver(one, undefined, soon()), name.slice(0, 40)).toMatchObject({ outcome: "sent" });
      expect(arena.told().length).toBeGreaterThan(before);
      for (const text of arena
        .told()
        .slice(before)
        .flatMap((told) => told.texts)) {
        expect(text.isWellFormed()).toBe(true);
        if (isData) continue;
        // oxlint-disable-next-line no-control-regex -- these are what must not be there
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200B\u202A-\u202E\u2066-\u2069]/);
        expect(text.replaceAll(OURS, "")).not.toMatch(/https?:\/\/|www\.|@(?:everyone|here|channel|all|room|evil)/i);
      }
    }

    notifierTest(
      "[SR-10] [TG-04] [XS-01] whatever things are called, they make no markup, link, mention or header",
      async (arena) => {
        const notifier = notifierOf(kind, arena);
        for (const name of HOSTILE) await expectInert(arena, notifier, name);
      },
    );

    notifierTest("[AL33] [SR-10] [TG-04] [XS-01] nor in texts of one's own", async (arena) => {
      const isBody = "body" in entry.fields;
      const templates = isBody
        ? { body: '{"version": 1, "incidentId": "{{incidentId}}", "text": ["{{title}}", "{{text}} {{lines}}"]}' }
        : { titleTemplate: "Ours {{title}}", textTemplate: "{{lines}}\n# {{ruleName}}\n{{acknowledgedBy}} {{text}}" };
      const notifier = notifierOf(kind, { ...arena, settings: { ...arena.settings, ...templates } });
      await notifier.deliver(NOTICE, undefined, soon());
      if (!isBody) expect(arena.told().flatMap(({ texts }) => texts)[0]).toContain("Ours Disk is full");
      for (const name of HOSTILE) await expectInert(arena, notifier, name);
    });

    notifierTest("[TG-04] [XS-01] nor do names that are put together of pieces of markup", async (arena) => {
      const notifier = notifierOf(kind, arena);
      const names = fc
        .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 12 })
        .map((pieces) => pieces.join(""));
      // A mail server takes its time to greet.
      const numRuns = kind === "email" ? 4 : 30;
      await fc.assert(
        fc.asyncProperty(names, (name) => expectInert(arena, notifier, name)),
        { numRuns },
      );
    });

    describeTls("over TLS", () => {
      let authority: Authority;
      beforeAll(async () => {
        authority = await startAuthority();
      });
      afterAll(() => authority[Symbol.asyncDispose]());

      test("is told only to one whose certificate is good", async () => {
        await using arena = await start(await authority.issue(["IP:127.0.0.1"]));
        const refused = await notifierOf(kind, arena).deliver(NOTICE, undefined, soon());
        expect(refused).toEqual({ outcome: "failed", detail: "the certificate is of nobody known", retry: "later" });
        expect(arena.told()).toEqual([]);
        const trusted = { ...arena, settings: { ...arena.settings, ca: authority.ca } };
        expect(await notifierOf(kind, trusted).deliver(NOTICE, undefined, soon())).toMatchObject({ outcome: "sent" });
        await using other = await start(await authority.issue(["IP:127.0.0.2"]));
        const elsewhere = { ...other, settings: { ...other.settings, ca: authority.ca } };
        expect(await notifierOf(kind, elsewhere).deliver(NOTICE, undefined, soon())).toMatchObject({
          detail: "the certificate is for another name",
        });
        expect(other.told()).toEqual([]);
      });
    });

    test("[CR-01] the target names nothing secret", async () => {
      await using arena = await start();
      const target = (entry.target as (settings: ProbeSettings) => string)(
        filledSettings(entry.fields, arena.settings),
      );
      expect(target).not.toBe("");
      expect(target).not.toContain(CANARY);
    });
  });
}

export function expectNothingSecret(delivery: Delivery, logged: string): void {
  for (const text of [JSON.stringify(delivery), logged]) {
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(INNER);
  }
}

/** What a faulty vendor says of itself. */
export const innerAnswer = (secret: string | undefined): string => `${INNER} ${secret ?? ""}`;
