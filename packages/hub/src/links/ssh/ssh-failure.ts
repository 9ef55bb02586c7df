import { MusterError } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { HostKey } from "./host-key.ts";

/**
 * How far a connection came: the name of the server, its port, the server before it (`jump`), the languages of both ends
 * (`protocol`), who the server is, who we are, its channels, the shell behind them; `lost` is a connection that was whole.
 */
export type SshStep = "name" | "port" | "jump" | "protocol" | "host-key" | "login" | "channel" | "shell" | "lost";

/** What failed, in a sentence for people: what is wrong and what to do. */
export class SshFailure extends MusterError {
  readonly step: SshStep;
  /** The key that the server showed, where the step is `host-key`. */
  readonly hostKey: HostKey | undefined;

  constructor(step: SshStep, message: string, details: { readonly hostKey?: HostKey; readonly cause?: unknown } = {}) {
    super(step === "channel" ? "ACTION_FAILED" : "SERVER_OFFLINE", { message }, details.cause);
    this.step = step;
    this.hostKey = details.hostKey;
  }
}

const QUOTED_CHARACTERS_MAX = 200;

/** A line of the other side as it may be shown: cut, on one line, its controls visible. */
export const quoted = (text: string): string => `"${escapeControls(text.trim().slice(0, QUOTED_CHARACTERS_MAX))}"`;
