import { expect, test } from "vitest";
import {
  bodyOfStatusPage,
  draftOfStatusPage,
  movedUp,
  newStatusPageDraft,
  problemsOfStatusPage,
  withThings,
} from "./status-page-draft.ts";

const item = (id: string, name = id) => ({ kind: "server" as const, id, name });

test("[UI61] a page of the hub and its form say the same, and a form that lacks something says where", () => {
  const page = {
    ...{ id: "1", slug: "shop", name: "Shop", isEnabled: true, language: "ru" as const, text: "Hello" },
    announcement: { kind: "maintenance" as const, text: "New disks", until: 1_800_000_000_000 },
    ...{ showsIncidents: true, showsHours: false, showsDays: true, items: [{ ...item("a", "Web"), isGone: true }] },
  };
  const draft = draftOfStatusPage(page);
  expect(problemsOfStatusPage(draft)).toEqual({});
  const { id: _id, items: _items, ...rest } = page;
  expect(bodyOfStatusPage(draft)).toEqual({ ...rest, items: [item("a", "Web")] });
  expect(bodyOfStatusPage({ ...draft, announced: "nothing" }).announcement).toBeNull();
  const empty = { ...newStatusPageDraft("en"), announced: "note" as const, items: [item("a", " ")] };
  expect(Object.keys(problemsOfStatusPage(empty))).toEqual(["slug", "name", "announcement", "items.server a"]);
});

test("[UI61] what is ticked comes last under its own name, what is not any more goes, and order is kept", () => {
  const items = [item("a", "Web"), { kind: "probe" as const, id: "a", name: "Pay" }, item("b", "Base")];
  const next = withThings(items, "server", ["b", "c"], (id) => `inner ${id}`);
  expect(next).toEqual([items[1], items[2], item("c", "inner c")]);
  expect(movedUp(["a", "b", "c"], 2)).toEqual(["a", "c", "b"]);
  expect(movedUp(["a", "b"], 0)).toEqual(["a", "b"]);
});
