import { uuidv7 } from "@muster/node-kit";
import type { TestHub } from "./harness.ts";

let made = 0;

/** A user put straight into the database, for whoever is to change or delete one. */
export function newUser(hub: TestHub): string {
  const id = uuidv7(hub.clock.now());
  hub.state
    .prepare("INSERT INTO user (id, name, role, enabled, password_hash, created_at) VALUES (?, ?, 'viewer', 1, '', 0)")
    .run(id, `victim-${made++}`);
  return id;
}

/** An SSH key that no server uses, put straight into the database. */
export function newSshKey(hub: TestHub): string {
  const id = uuidv7(hub.clock.now());
  hub.state
    .prepare("INSERT INTO ssh_key VALUES (?, ?, 'ssh-ed25519', 'ssh-ed25519 A', ?, X'00', 0, 'admin')")
    .run(id, `victim-${made++}`, `SHA256:${id}`);
  return id;
}
