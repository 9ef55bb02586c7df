import type { StatusPageView } from "@muster/protocol";
import { missing, ok } from "./stand-in-answer.ts";
import type { Answer } from "./stand-in-answer.ts";
import { idOf } from "./stand-in-servers.ts";

/** Status pages of a hub that only plays one: none at first. */
export class StandInStatusPages {
  readonly #pages = new Map<string, StatusPageView>();

  /** What the hub would answer. */
  answer(method: string, id: string | undefined, given: object): Answer {
    if (method === "GET") return ok({ items: [...this.#pages.values()] });
    if (method === "DELETE") return this.#pages.delete(id!) ? ok(null, 204) : missing();
    const before = id === undefined ? undefined : this.#pages.get(id);
    if (id !== undefined && before === undefined) return missing();
    const page = { ...before, ...given, id: id ?? idOf(15, this.#pages.size) } as StatusPageView;
    const items = page.items.map((item) => ({ ...item, isGone: false }));
    this.#pages.set(page.id, { ...page, items });
    return ok(this.#pages.get(page.id), id === undefined ? 201 : 200);
  }
}
