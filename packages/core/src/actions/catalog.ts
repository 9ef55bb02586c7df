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
  "service.reload": { class: "normal", policy: "entry-needed", meaning: "Lets a service read its configuration anew." },
  "service.enable": { class: "normal", policy: "entry-needed", meaning: "Lets a service start with the machine." },
  "service.disable": {
    class: "normal",
    policy: "entry-needed",
    meaning: "Keeps a service from starting with the machine.",
  },
  "service.reset": {
    class: "normal",
    policy: "entry-needed",
    meaning: "Forgets that a service failed, and its restarts.",
  },
  "service.define": {
    class: "dangerous",
    policy: "entry-needed",
    meaning: "Sets what Muster runs under a name: program, arguments, environment.",
  },
  "service.undefine": { class: "dangerous", policy: "entry-needed", meaning: "Stops and removes what was defined." },
  "container.pause": { class: "normal", policy: "entry-needed", meaning: "Freezes a container." },
  "container.unpause": { class: "normal", policy: "entry-needed", meaning: "Lets a frozen container go on." },
  "container.kill": { class: "dangerous", policy: "entry-needed", meaning: "Sends a signal to a container." },
  "process.kill": { class: "dangerous", policy: "entry-needed", meaning: "Sends a signal to a process." },
  "exec.run": { class: "dangerous", policy: "entry-needed", meaning: "Runs a program that the policy names." },
  "logs.read": { class: "read", policy: "entry-needed", meaning: "Reads the log of a service or a file." },
  "server.reboot": { class: "dangerous", policy: "entry-needed", meaning: "Reboots the machine." },
  shell: {
    class: "dangerous",
    policy: "entry-needed",
    meaning: "Opens a shell, only with an operator's own signature.",
  },
} as const satisfies Record<string, ActionKind>;

export type ActionName = keyof typeof ACTIONS;

export const isActionName = (text: string): text is ActionName => Object.hasOwn(ACTIONS, text);

export const isOfContainers = (action: string): boolean => action.startsWith("container.");

/** Whether an action is done to a service, a container among them; the others are done to a server. */
export const isOfServices = (action: string): boolean => action.startsWith("service.") || isOfContainers(action);

/** One asked effect on one server. What `args` holds depends on the action; nothing in it is ever a shell string. */
export interface Action {
  readonly name: ActionName;
  readonly args: ActionArgs;
}

/** Flat and textual or numeric on purpose: what a policy entry can compare exactly. */
export type ActionArgs = Readonly<Record<string, string | number>>;

/** Policies written before an action had its present name still mean the same. */
export const FORMER_ACTION_NAMES: Readonly<Record<string, ActionName>> = {
  "host.reboot": "server.reboot",
  "script.run": "exec.run",
};

/** How an action ended. `unknown` is never repeated by itself. */
export type Outcome =
  | { readonly is: "succeeded"; readonly detail: string }
  | { readonly is: "failed"; readonly detail: string }
  | { readonly is: "refused"; readonly detail: string }
  | { readonly is: "unknown"; readonly detail: string };

/** What came of doing an allowed action: an outcome with, for a program, how it ended and what it printed. */
export interface Execution {
  readonly outcome: Outcome["is"];
  readonly detail: string;
  readonly exit?: number;
  /** What a named command printed, both streams, cut at the protocol's limit. */
  readonly output?: string;
}

/**
 * Told when a command begins to take effect; what it returns is told how that ended, and settles when whoever hears of the
 * outcome may be told. Never rejects.
 */
export type ActionWitness = (began: {
  readonly cmd: string;
  readonly action: Action;
  readonly actor: string;
}) => (execution: Execution) => Promise<void>;
