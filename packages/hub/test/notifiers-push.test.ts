import { createHmac } from "node:crypto";
import { describeNotifier } from "./notifier.contract.ts";
import { httpRules, secretOf } from "./vendor-arena.ts";
import { must, mustBeText } from "./vendor-http.ts";

type Json = Readonly<Record<string, unknown>>;
const bytesOf = (text: unknown): number => Buffer.byteLength(text as string);

describeNotifier(
  httpRules({
    kind: "ntfy",
    settings: (apiUrl) => ({ topic: "muster-alerts", apiUrl: `${apiUrl}/` }),
    secret: () => `tk_${secretOf(29)}`,
    knowsItsVendor: false,
    answer:
      () =>
      ({ method, path, headers, json }) => {
        must(
          method === "POST" && path === "/" && headers.authorization === `Bearer tk_${secretOf(29)}`,
          "no such user",
        );
        const { topic, title, message, priority, sequence_id: sequence, ...others } = json;
        must(typeof topic === "string" && /^[-_A-Za-z0-9]{1,64}$/.test(topic), "no topic");
        must(bytesOf(title) <= 256 && bytesOf(message) > 0 && bytesOf(message) <= 4_096, "too long");
        must([1, 2, 3, 4, 5].includes(priority as number), "no priority");
        must(typeof sequence === "string" && /^[-_A-Za-z0-9]{1,64}$/.test(sequence), "no sequence");
        must(
          Object.keys(others).every((name) => name === "click"),
          "something else",
        );
        return { status: 200, body: { id: "x", event: "message", topic } };
      },
    told: ({ json }) => ({
      texts: [json["title"] as string, json["message"] as string],
      sameness: json["sequence_id"] as string,
    }),
  }),
);

describeNotifier(
  httpRules({
    kind: "gotify",
    settings: (url) => ({ url: `${url}/gotify/` }),
    secret: () => `A${secretOf(14)}`,
    knowsItsVendor: false,
    answer:
      () =>
      ({ method, path, headers, json }) => {
        must(method === "POST" && path === "/gotify/message", "no such page");
        must(headers["x-gotify-key"] === `A${secretOf(14)}`, "no such application");
        mustBeText(json["message"], 10_000, "message");
        mustBeText(json["title"], 1_000, "title");
        const extras = json["extras"] as Readonly<Record<string, Json>>;
        must(extras["client::display"]?.["contentType"] === "text/plain", "it may have markup");
        return { status: 200, body: { id: 25, appid: 5 } };
      },
    told: ({ json }) => ({ texts: [json["title"] as string, json["message"] as string], sameness: undefined }),
  }),
);

describeNotifier(
  httpRules({
    kind: "pushover",
    settings: (apiUrl) => ({ user: "uQiRzpo4DXghDmr9QzzfQu27cmVRsG", apiUrl }),
    secret: () => secretOf(30),
    knowsItsVendor: true,
    answer:
      () =>
      ({ path, json }) => {
        must(path === "/1/messages.json" && json["token"] === secretOf(30), "application token is invalid");
        must(json["user"] === "uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "user identifier is invalid");
        mustBeText(json["message"], 1_024, "message");
        mustBeText(json["title"], 250, "title");
        must(!("html" in json) && !("monospace" in json), "it may have markup");
        must([-2, -1, 0, 1].includes(json["priority"] as number), "an emergency needs retry and expire");
        return { status: 200, body: { status: 1, request: "x" } };
      },
    told: ({ json }) => ({ texts: [json["title"] as string, json["message"] as string], sameness: undefined }),
  }),
);

describeNotifier(
  httpRules({
    kind: "pagerduty",
    settings: (apiUrl) => ({ apiUrl }),
    secret: () => secretOf(32),
    knowsItsVendor: false,
    answer:
      () =>
      ({ method, path, json }) => {
        must(
          method === "POST" && path === "/v2/enqueue" && json["routing_key"] === secretOf(32),
          "no such integration",
        );
        const { event_action: action, dedup_key: key } = json;
        must(["trigger", "acknowledge", "resolve"].includes(action as string), "no action");
        mustBeText(key, 255, "dedup_key");
        const { summary, source, severity } = json["payload"] as Json;
        mustBeText(summary, 1_024, "summary");
        mustBeText(source, 1_024, "source");
        must(["critical", "error", "warning", "info"].includes(severity as string), "no severity");
        return { status: 202, body: { status: "success", message: "Event processed", dedup_key: key } };
      },
    told: ({ json }) => {
      const { summary, custom_details: details } = json["payload"] as Json;
      return {
        texts: [summary as string, ...((details as Json)["lines"] as readonly string[])],
        sameness: json["dedup_key"] as string,
      };
    },
  }),
);

describeNotifier(
  httpRules({
    kind: "opsgenie",
    settings: (apiUrl) => ({ apiUrl, team: "Operations" }),
    secret: () => secretOf(36),
    knowsItsVendor: false,
    answer:
      () =>
      ({ method, path, query, headers, json }) => {
        must(headers.authorization === `GenieKey ${secretOf(36)}`, "no such key");
        if (path === "/v2/alerts") {
          must(method === "POST", "no such method");
          mustBeText(json["message"], 130, "message");
          mustBeText(json["alias"], 512, "alias");
          mustBeText(json["description"], 15_000, "description");
        } else {
          const [, alias, action] = /^\/v2\/alerts\/([^/]+)\/(acknowledge|close|priority)$/.exec(path) ?? [];
          must(alias === "i1" && query.get("identifierType") === "alias", "no such alert");
          must(method === (action === "priority" ? "PUT" : "POST"), "no such method");
          if (action === "priority") must(/^P[1-5]$/.test(json["priority"] as string), "no priority");
          else mustBeText(json["note"], 25_000, "note");
        }
        return { status: 202, body: { result: "Request will be processed", took: 0.1, requestId: "x" } };
      },
    told: ({ path, json }) => ({
      texts: [json["message"], json["description"], json["note"]].filter((text) => typeof text === "string"),
      sameness: path === "/v2/alerts" ? (json["alias"] as string) : path,
    }),
  }),
);

describeNotifier(
  httpRules({
    kind: "webhook",
    settings: (url) => ({ url: `${url}/hook` }),
    secret: () => secretOf(32),
    knowsItsVendor: false,
    isData: true,
    answer:
      () =>
      ({ method, path, headers, text, json }) => {
        must(method === "POST" && path === "/hook", "no such page");
        const [, at = "", signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["muster-signature"])) ?? [];
        const expected = createHmac("sha256", secretOf(32)).update(`${at}.${text}`).digest("hex");
        must(signature === expected, "it is not signed");
        must(json["version"] === 1 && json["incidentId"] !== undefined, "it says nothing");
        return { status: 204 };
      },
    told: ({ headers, json }) => ({
      texts: json["text"] as readonly string[],
      sameness: String(headers["idempotency-key"]),
    }),
  }),
);
