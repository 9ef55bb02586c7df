import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { MusterError } from "@muster/core";
import {
  createFileDurably,
  ensurePrivateDirectory,
  exportPrivateKey,
  generateKeys,
  importPrivateKey,
  privateFileProblem,
  readPrivateFile,
  writeFileDurably,
} from "@muster/node-kit";
import type { KeyPair } from "@muster/node-kit";
import { statePaths } from "../config.ts";
import type { Membership } from "../wire/membership.ts";

/** What the agent knows about itself and its hub; `identity.json`. */
export interface Identity extends Membership {
  readonly serverId: string;
  /** The server's name when it joined. */
  readonly name: string;
}

/** Its hub in words. */
export const hubOf = ({ hubUrl }: Membership): string => hubUrl || "a hub that dials it";

/**
 * Whose the private files must be: the running user's own, and for root, who looks after an agent that runs as somebody
 * else, those of the state directory's owner.
 */
function stateOwner(stateDirectory: string): number | undefined {
  const uid = process.getuid?.();
  return uid === 0 ? lstatSync(stateDirectory, { throwIfNoEntry: false })?.uid : uid;
}

/** Makes the state directory, or throws IDENTITY_UNSAFE with what is wrong with the one that is there. */
export function prepareState(stateDirectory: string): void {
  let problem: string | undefined;
  try {
    problem = ensurePrivateDirectory(stateDirectory);
  } catch (cause) {
    problem = `${stateDirectory} cannot be made: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  if (problem !== undefined) throw new MusterError("IDENTITY_UNSAFE", { message: problem });
}

/** The agent's key; made at the first call. Throws IDENTITY_UNSAFE when the file may have been read by others. */
export function loadOrMakeKey(stateDirectory: string): KeyPair {
  const path = statePaths(stateDirectory).key;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    // `wx`: whoever lays a file or a link there in between makes this fail instead of getting the key.
    createFileDurably(path, exportPrivateKey(generateKeys().privateKey), 0o600);
  }
  return loadKey(stateDirectory);
}

/** Throws IDENTITY_UNSAFE when it is not there, wider than 0600, a link, somebody else's, or no key. */
export const loadKey = (stateDirectory: string): KeyPair => loadKeyFile(statePaths(stateDirectory).key);

export function loadKeyFile(path: string): KeyPair {
  try {
    return importPrivateKey(readPrivateFile(path, stateOwner(dirname(path))));
  } catch (cause) {
    throw unsafe(path, cause);
  }
}

/** Undefined when this machine has not joined yet. Throws IDENTITY_UNSAFE when the file cannot be believed. */
export function loadIdentity(stateDirectory: string): Identity | undefined {
  const path = statePaths(stateDirectory).identity;
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(readPrivateFile(path, stateOwner(stateDirectory))).toString("utf8"));
    if (!isIdentity(parsed)) throw new Error("it does not hold what it should");
    return parsed;
  } catch (cause) {
    throw unsafe(path, cause);
  }
}

export function saveIdentity(stateDirectory: string, identity: Identity): void {
  writeFileDurably(statePaths(stateDirectory).identity, `${JSON.stringify(identity, null, 2)}\n`, 0o600);
}

/** Why the private files cannot be trusted, for `doctor`; empty when they can. */
export const identityProblems = (stateDirectory: string): readonly string[] => {
  const { key, identity } = statePaths(stateDirectory);
  return [key, identity].flatMap((path) => privateFileProblem(path, stateOwner(stateDirectory)) ?? []);
};

function unsafe(path: string, cause: unknown): MusterError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = why.includes(path) ? why : `${path} cannot be used: ${why}`;
  return new MusterError("IDENTITY_UNSAFE", { message }, cause);
}

function isIdentity(value: unknown): value is Identity {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  const texts = ["agentId", "serverId", "name", "hubUrl", "rootSha256", "auditHead"];
  const numbers = ["epoch", "hubTimeSeenAt", "keyMadeAt"];
  return (
    texts.every((name) => typeof fields[name] === "string") &&
    numbers.every((name) => Number.isSafeInteger(fields[name])) &&
    /^[0-9a-f]{64}$/.test(fields["rootSha256"] as string)
  );
}
