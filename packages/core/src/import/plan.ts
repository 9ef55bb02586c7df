import type { PullKindName } from "../pull/kinds.ts";

/** How much is read of a file and planned from it. */
export const IMPORT_LIMITS = {
  fileBytesMax: 8 * 1024 * 1024,
  /** A YAML tree takes some hundred times its text in memory. */
  yamlBytesMax: 4 * 1024 * 1024,
  serversMax: 5_000,
  definitionsMax: 500,
  /** Of problems, and of kinds of things that are ignored, so many are told, and how many more there are. */
  linesMax: 1_000,
} as const;

/** How the hub is to reach a server that is planned. */
export type PlannedLink =
  | {
      readonly kind: "ssh";
      readonly host: string;
      readonly port: number;
      readonly user: string;
      /** Name of the planned server through which this one is reached. */
      readonly via?: string;
    }
  /** `url` is the base address, to which the adapter adds its own paths. */
  | { readonly kind: "pull"; readonly adapter: PullKindName; readonly url: string }
  | { readonly kind: "push" };

export interface PlannedServer {
  /** Valid, and no other planned server's. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly link: PlannedLink;
  /** What the other system used to authenticate itself; never shown. */
  readonly secret?: string;
}

/** A definition of a service as `parseDefinition` takes it from the hub; it never starts anything by itself. */
export interface PlannedDefinition {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface PlannedSettings {
  /** Samples were kept so many days there. */
  readonly samplesDays?: number;
}

/** What an import would do. Nothing of the source is missing: it is planned, ignored with a reason, or a problem. */
export interface ImportPlan {
  /** A server stands behind the one through which it is reached. */
  readonly servers: readonly PlannedServer[];
  readonly definitions: readonly PlannedDefinition[];
  readonly settings: PlannedSettings;
  /** What has no counterpart; the same thing of many entries is told once, with its count. */
  readonly ignored: readonly { readonly what: string; readonly why: string }[];
  /** What could not be used or needs a look, each at its line or field. */
  readonly problems: readonly { readonly where: string; readonly problem: string }[];
}

/** What the person who imports adds to the file. */
export interface ImportChoices {
  /** Who signs in by SSH where the file names nobody; without it such servers are left out. */
  readonly user?: string;
  /** Command lines by service, in place of the file's own; without a shell, as those of the file. */
  readonly commands?: ReadonlyMap<string, string>;
}
