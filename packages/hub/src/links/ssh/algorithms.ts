import type { Algorithms } from "ssh2";
import type { HostKey } from "./host-key.ts";
import { signaturesOf } from "./host-key.ts";

/**
 * What a connection may be made of (security.md 5, SH-02). Nothing with SHA-1, MD5, CBC, RC4, 3DES, groups under 2048
 * bits or compression. ChaCha20 is left out for the sake of servers without strict key exchange, from which a stranger
 * on the way could cut packets (CVE-2023-48795); ssh2 asks for strict key exchange wherever a server has it.
 */
export const algorithmsFor = (known: HostKey | undefined): Algorithms => ({
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
  ],
  serverHostKey: signaturesOf(known),
  cipher: ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  compress: ["none"],
});
