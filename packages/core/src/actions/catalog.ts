/**
 * Every effect that can be asked of a server. `class` says how careful the hub is (dangerous needs a fresh proof of
 * identity); `policy` says whether the server's own policy must hold an entry for it. `ping` only answers, so every
 * agent lets it through.
 */
export interface ActionKind {
  readonly class: "read" | "normal" | "dangerous";
  readonly policy: "not-needed" | "entry-needed";
  readonly meaning: string;
}

export const ACTIONS = {
  "agent.ping": { class: "read", policy: "not-needed", meaning: "The agent answers with its own clock." },
  "service.start": { class: "normal", policy: "entry-needed", meaning: "Starts a service." },
  "service.stop": { class: "normal", policy: "entry-needed", meaning: "Stops a service." },
  "service.restart": { class: "normal", policy: "entry-needed", meaning: "Restarts a service." },
  "process.kill": { class: "dangerous", policy: "entry-needed", meaning: "Sends a signal to a process." },
  "script.run": { class: "dangerous", policy: "entry-needed", meaning: "Runs a program that the policy names." },
  "logs.read": { class: "read", policy: "entry-needed", meaning: "Reads the log of a service." },
  "host.reboot": { class: "dangerous", policy: "entry-needed", meaning: "Reboots the machine." },
  shell: {
    class: "dangerous",
    policy: "entry-needed",
    meaning: "Opens a shell, only with an operator's own signature.",
  },
} as const satisfies Record<string, ActionKind>;

export type ActionName = keyof typeof ACTIONS;

export const isActionName = (text: string): text is ActionName => Object.hasOwn(ACTIONS, text);

/** One asked effect on one server. What `args` holds depends on the action; nothing in it is ever a shell string. */
export interface Action {
  readonly name: ActionName;
  readonly args: ActionArgs;
}

/** Flat and textual or numeric on purpose: what a policy entry can compare exactly. */
export type ActionArgs = Readonly<Record<string, string | number>>;

/** How an action ended. `unknown` is never repeated by itself. */
export type Outcome =
  | { readonly is: "succeeded"; readonly detail: string }
  | { readonly is: "failed"; readonly detail: string }
  | { readonly is: "refused"; readonly detail: string }
  | { readonly is: "unknown"; readonly detail: string };
