import type { CommandBus } from "../../commands/command-bus.ts";
import type { SshKeyStore } from "../../fleet/ssh-key-store.ts";
import type { ReplacementDesk } from "../../key-replacement/replacement-desk.ts";
import { callerOf } from "../handler.ts";
import type { Handlers } from "../handler.ts";

export interface KeyReplacementRouteDeps {
  readonly bus: CommandBus;
  readonly sshKeys: Pick<SshKeyStore, "list">;
  readonly desk: ReplacementDesk;
}

type KeyReplacementRoutes = Pick<
  Handlers,
  "POST /api/v1/ssh-keys/{id}/replacements" | "GET /api/v1/key-replacements" | "GET /api/v1/key-replacements/{id}"
>;

export function keyReplacementRoutes({ bus, sshKeys, desk }: KeyReplacementRouteDeps): KeyReplacementRoutes {
  return {
    "POST /api/v1/ssh-keys/{id}/replacements": async (context) => {
      const { actor } = callerOf(context);
      const { id: oldKeyId } = context.params;
      const { newKeyId, servers: serverIds, install = false, remove = false } = context.body;
      const target = (await sshKeys.list()).find(({ id }) => id === oldKeyId)?.name ?? oldKeyId;
      const args = { oldKeyId, newKeyId, servers: serverIds ?? "all", install, remove };
      const change = { name: "ssh-key.replace", right: "ssh-keys.write", target, args } as const;
      return bus.change(actor, "http", change, () =>
        desk.start(actor, { oldKeyId, newKeyId, serverIds, install, remove }),
      );
    },

    "GET /api/v1/key-replacements": async ({ query }) => ({ items: [...desk.list(query.key)] }),

    "GET /api/v1/key-replacements/{id}": async ({ params, query, signal }) =>
      desk.wait(params.id, query.waitMs ?? 0, query.after, signal),
  };
}
