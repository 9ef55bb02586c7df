/** What the uplink must know to find its hub and to believe it, and what it learns of it. */
export interface Membership {
  readonly agentId: string;
  /** The address to connect to, as given at joining; "" when it joined a hub that dialled it. */
  readonly hubUrl: string;
  /** SHA-256 of the fleet root's public key (SPKI DER), hex: whom this agent believes. */
  readonly rootSha256: string;
  /** The newest fleet epoch seen; a hub with a lower one was restored from a backup. */
  readonly epoch: number;
  /** Hash of the newest audit checkpoint seen, "" when none. */
  readonly auditHead: string;
  /** A time that the hub has said, epoch ms, 0 before the first: certificates are never judged by an earlier one. */
  readonly hubTimeSeenAt: number;
  /** When the agent's key was made, epoch ms. */
  readonly keyMadeAt: number;
}
