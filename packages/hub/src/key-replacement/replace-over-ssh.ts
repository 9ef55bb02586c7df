import {
  deadline,
  isMusterError,
  keyProof,
  MusterError,
  nextReplacementStep,
  withKeyLine,
  withoutKeyLine,
} from "@muster/core";
import type { Clock, ReplacementEvent, ReplacementFacts, ReplacementStep, ReplacementWishes } from "@muster/core";
import type { LinkTest, SshKeyView, SshLinkSettings } from "@muster/protocol";
import type { LinkStore } from "../fleet/link-store.ts";
import type { SshVisit } from "../links/ssh/ssh-links.ts";
import type { LinkTrial } from "../links/links.ts";
import { editAuthorizedKeys } from "./authorized-keys-file.ts";

type ReplacedKey = Pick<SshKeyView, "id" | "name" | "publicKey">;

/** What is to be done to one server. */
export interface ReplacementOrder extends ReplacementWishes {
  readonly serverId: string;
  readonly oldKey: ReplacedKey;
  readonly newKey: ReplacedKey;
}

export interface ReplaceOverSshDeps {
  readonly store: Pick<LinkStore, "get" | "all" | "exchangeKey">;
  readonly visit: (serverId: string) => SshVisit;
  readonly test: (trial: LinkTrial, signal: AbortSignal) => Promise<LinkTest>;
  readonly nameOf: (serverId: string) => string;
  readonly clock: Clock;
}

/** The longest that a step may take; a try of a connection ends by itself after a minute. */
const STEP_MS = 90_000;

interface StepEnd {
  readonly state: "done" | "skipped" | "failed";
  readonly detail: string;
}

/** Exchanges the key of one server: nothing is given up before what comes in its place has been let in. */
export class ReplaceOverSsh {
  readonly #order: ReplacementOrder;
  readonly #deps: ReplaceOverSshDeps;
  #facts: ReplacementFacts;
  /** As the new key was last tried with. */
  #tried: SshLinkSettings | undefined;
  /** The new key's line stands there because of us. */
  #hasAdded = false;

  constructor(order: ReplacementOrder, deps: ReplaceOverSshDeps) {
    this.#order = order;
    this.#deps = deps;
    this.#facts = { uses: "old", proof: "untried", isInstalled: false, isRemoved: false };
  }

  /** Goes on until nothing is left to be done. What fails is told with its step; it never rejects. */
  async run(tell: (event: ReplacementEvent) => void, signal: AbortSignal): Promise<"succeeded" | "failed"> {
    this.#facts = { ...this.#facts, uses: this.#settings()?.keyId === this.#order.newKey.id ? "new" : "old" };
    const works: Readonly<Record<ReplacementStep, (signal: AbortSignal) => Promise<StepEnd>>> = {
      test: (limit) => this.#test(limit),
      install: (limit) => this.#install(limit),
      prove: (limit) => this.#prove(limit),
      switch: () => this.#switch(tell),
      remove: (limit) => this.#remove(limit),
    };
    for (;;) {
      const next = nextReplacementStep(this.#facts, this.#order);
      if (next === "succeeded" || next === "failed") return next;
      tell({ is: "began", step: next });
      const limit = deadline(this.#deps.clock, STEP_MS, signal);
      try {
        signal.throwIfAborted();
        tell({ is: "ended", ...(await works[next](limit.signal)) });
      } catch (error) {
        tell({ is: "ended", state: "failed", detail: sentenceOf(error, limit.signal, signal) });
        if (!isMusterError(error) && !limit.signal.aborted) throw error;
        return "failed";
      } finally {
        limit.done();
      }
    }
  }

  async #test(signal: AbortSignal): Promise<StepEnd> {
    const { oldKey, newKey, serverId, install } = this.#order;
    const { test } = this.#deps;
    const settings = this.#settings();
    if (settings === undefined || (settings.keyId !== oldKey.id && settings.keyId !== newKey.id))
      throw new MusterError("CONFLICT", { message: `This server does not use ${oldKey.name} any more.` });
    this.#tried = settings;
    const trial = { settings: { ...settings, keyId: newKey.id }, serverId, secret: undefined };
    const { steps } = await test(trial, signal);
    const proof = keyProof(steps);
    this.#facts = { ...this.#facts, proof };
    if (proof === "proven") return { state: "done", detail: `${newKey.name} was let in, and a program ran.` };
    // What is about to be mended is no failure yet; why it is refused all the same, the next try tells.
    if (nextReplacementStep(this.#facts, this.#order) === "install")
      return { state: "skipped", detail: `${newKey.name} is not let in yet.` };
    const failed = steps.find(({ ok }) => !ok);
    const why = failed === undefined ? "The server did not answer." : `${failed.step}: ${failed.detail}`;
    const next =
      proof === "refused" && !install
        ? ` Put the line of ${newKey.name} into ~/.ssh/authorized_keys of ${settings.user} there, or have the hub add it.`
        : "";
    return { state: "failed", detail: `${why}${next}` };
  }

  async #install(signal: AbortSignal): Promise<StepEnd> {
    const { oldKey, newKey } = this.#order;
    const edited = await this.#edit((text) => withKeyLine(text, newKey.publicKey, oldKey.publicKey), signal);
    this.#hasAdded = edited === "changed";
    this.#facts = { ...this.#facts, isInstalled: true, proof: "untried" };
    return this.#hasAdded
      ? { state: "done", detail: `The line of ${newKey.name} was added to ~/.ssh/authorized_keys.` }
      : { state: "skipped", detail: `The line of ${newKey.name} is there already.` };
  }

  /** A line that opens nothing is not left behind. */
  async #prove(signal: AbortSignal): Promise<StepEnd> {
    const end = await this.#test(signal);
    if (this.#facts.proof !== "refused") return end;
    const { newKey } = this.#order;
    const where = "Look which file AuthorizedKeysFile names in the server's sshd_config.";
    if (!this.#hasAdded) return { ...end, detail: `${end.detail} ${where}` };
    const left = await this.#edit((text) => withoutKeyLine(text, newKey.publicKey), signal).then(
      () => "The line that was added is taken out again.",
      () => "The line that was added is still there.",
    );
    return { ...end, detail: `${end.detail} ${left} ${where}` };
  }

  async #switch(tell: (event: ReplacementEvent) => void): Promise<StepEnd> {
    const { serverId, newKey } = this.#order;
    if (this.#tried === undefined) throw new Error("nothing is switched that was not tried");
    await this.#deps.store.exchangeKey(serverId, this.#tried, newKey.id);
    this.#facts = { ...this.#facts, uses: "new" };
    tell({ is: "switched" });
    return { state: "done", detail: `It is reached by ${newKey.name} from now on.` };
  }

  /** Over a connection by the new key, which so is proven once more. */
  async #remove(signal: AbortSignal): Promise<StepEnd> {
    const { oldKey } = this.#order;
    const other = this.#alsoLetInBy();
    this.#facts = { ...this.#facts, isRemoved: true };
    if (other !== undefined)
      return {
        state: "skipped",
        detail: `The line of ${oldKey.name} stays: ${other} is the same account, and is reached by that key.`,
      };
    const edited = await this.#edit((text) => withoutKeyLine(text, oldKey.publicKey), signal);
    return edited === "changed"
      ? { state: "done", detail: `The line of ${oldKey.name} was taken out of ~/.ssh/authorized_keys.` }
      : { state: "skipped", detail: `No line of ${oldKey.name} is in ~/.ssh/authorized_keys.` };
  }

  /** Another server of the hub that is the same account of the same machine, and still comes in by the old key. */
  #alsoLetInBy(): string | undefined {
    const { store, nameOf } = this.#deps;
    const { serverId, oldKey } = this.#order;
    const own = this.#settings();
    const ownHostKey = store.get(serverId)?.hostKey?.fingerprint;
    const other = store
      .all()
      .find(
        ({ serverId: id, settings, hostKey }) =>
          id !== serverId &&
          settings.kind === "ssh" &&
          settings.authentication === "key" &&
          settings.keyId === oldKey.id &&
          settings.user === own?.user &&
          hostKey?.fingerprint === ownHostKey,
      );
    return other && nameOf(other.serverId);
  }

  async #edit(edit: (text: string) => string, signal: AbortSignal): Promise<"changed" | "unchanged"> {
    const visit = this.#deps.visit(this.#order.serverId);
    try {
      await visit.reached(signal).catch((error: unknown) => {
        if (!isMusterError(error)) throw error;
        const { oldKey, newKey } = this.#order;
        const { name } = this.#facts.uses === "old" ? oldKey : newKey;
        throw new MusterError("SERVER_OFFLINE", { message: `It is not reached by ${name}: ${error.message}` }, error);
      });
      return await editAuthorizedKeys(visit.host, edit, signal);
    } finally {
      visit.close();
    }
  }

  #settings(): SshLinkSettings | undefined {
    const settings = this.#deps.store.get(this.#order.serverId)?.settings;
    return settings?.kind === "ssh" && settings.authentication === "key" ? settings : undefined;
  }
}

function sentenceOf(error: unknown, limit: AbortSignal, signal: AbortSignal): string {
  if (signal.aborted && isMusterError(signal.reason)) return signal.reason.message;
  if (isMusterError(error)) return error.message;
  if (limit.aborted) return `This did not end within ${STEP_MS / 1_000} s. Try again.`;
  return "Something failed inside the hub; its log has the cause.";
}
