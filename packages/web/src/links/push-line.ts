/**
 * A line for a Linux shell that sends the load once. `origin` is the hub's address as the browser knows it.
 * Names are those of the rules of pushing servers (PU3).
 */
export const pushLine = (origin: string, serverId: string, token: string): string =>
  `curl -sS -X POST ${origin}/api/v1/servers/${serverId}/heartbeat` +
  ` -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json'` +
  ` -d "{\\"metrics\\":{\\"load1\\":$(cut -d' ' -f1 /proc/loadavg)}}"`;
