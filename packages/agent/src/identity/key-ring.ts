import { lstatSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { createFileDurably, exportPrivateKey, generateKeys, syncDirectory } from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { statePaths } from "../config.ts";
import { loadKey, loadKeyFile } from "./identity.ts";

/**
 * The agent's key and, while it is being replaced, the one that comes after it. A new key lies durably beside the old
 * one before the hub hears of it, and takes its place only when the hub has accepted a proof by it: whatever is lost in
 * between, one of the two still opens the door.
 */
export class KeyRing {
  readonly #currentPath: string;
  readonly #nextPath: string;
  #current: KeyPair;
  #next: KeyPair | undefined;

  /** Throws IDENTITY_UNSAFE. */
  constructor(stateDirectory: string) {
    this.#currentPath = statePaths(stateDirectory).key;
    this.#nextPath = `${this.#currentPath}.next`;
    this.#current = loadKey(stateDirectory);
    if (lstatSync(this.#nextPath, { throwIfNoEntry: false }) !== undefined) this.#next = loadKeyFile(this.#nextPath);
  }

  /** The key to prove with: a next one is tried first. */
  get active(): KeyPair {
    return this.#next ?? this.#current;
  }

  /** Whether the hub has yet to accept `active`. */
  get isTrying(): boolean {
    return this.#next !== undefined;
  }

  /** Makes the next key, durable before this returns, and yields it with the present one. */
  makeNext(): { readonly current: KeyPair; readonly next: KeyPair } {
    const next = generateKeys();
    createFileDurably(this.#nextPath, exportPrivateKey(next.privateKey), 0o600);
    syncDirectory(dirname(this.#nextPath));
    this.#next = next;
    return { current: this.#current, next };
  }

  /** The hub took a proof by the next key. */
  confirm(): void {
    if (this.#next === undefined) return;
    renameSync(this.#nextPath, this.#currentPath);
    syncDirectory(dirname(this.#nextPath));
    this.#current = this.#next;
    this.#next = undefined;
  }

  /** The hub does not know the next key: its announcement was lost. */
  giveUpNext(): void {
    rmSync(this.#nextPath, { force: true });
    this.#next = undefined;
  }
}
