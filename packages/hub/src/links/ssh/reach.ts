import type { RemoteReader } from "./remote-reader.ts";
import type { SshConnection } from "./ssh-connection.ts";

/** A connection with a reader on it, which has shown that the login shell quotes as it should. */
export interface Reached {
  readonly connection: SshConnection;
  readonly reader: RemoteReader;
}

/** Gives the connection of this moment, made anew if need be. Throws SshFailure while there is none. */
export type Reach = (signal: AbortSignal) => Promise<Reached>;
