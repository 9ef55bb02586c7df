import type { LinkTest } from "@muster/protocol";
import { expect, test } from "vitest";
import type { Fleet } from "../../fleet/fleet.ts";
import { StationedLinks } from "./stationed-links.ts";
import type { Stationed } from "./stationed-links.ts";

/** Links whose servers end when the test says so. */
class HeldLinks extends StationedLinks {
  protected override readonly servers = new Map<string, Stationed>();
  readonly letGo: (() => void)[] = [];

  constructor() {
    super({ fleet: {} as Fleet, log: undefined as never });
  }

  protected renew(serverId: string): void {
    void this.begin(serverId);
  }

  test(): Promise<LinkTest> {
    return Promise.reject(new Error("nothing to test"));
  }

  /** In place of the one that is there; resolves when it may act. */
  begin(serverId: string): Promise<void> {
    const ended = this.end(serverId);
    this.servers.set(serverId, {
      stop: () => new Promise<void>((resolve) => this.letGo.push(resolve)),
    } as unknown as Stationed);
    return ended;
  }
}

/** Whether it has resolved by now. */
const isOver = (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);

test("whoever follows on a server waits for all before it, also for one that never began; so does the end of all", async () => {
  const links = new HeldLinks();
  expect(await isOver(links.begin("one"))).toBe(true);
  const second = links.begin("one");
  const third = links.begin("one");
  expect(links.letGo).toHaveLength(2);
  links.letGo[1]!();
  expect(await isOver(third)).toBe(false);
  const all = links.stop();
  links.letGo[2]!();
  expect(await isOver(all)).toBe(false);
  links.letGo[0]!();
  expect(await Promise.all([second, third, all].map(isOver))).toEqual([true, true, true]);
});
