import { useMutation } from "@tanstack/react-query";
import type { RouteInput } from "@muster/protocol";
import { useState } from "react";
import { api } from "../api/api.ts";
import { idempotencyKey } from "../api/idempotency-key.ts";
import { noteActions, useBatch } from "./actions.ts";
import type { Action } from "./actions-view.ts";

export type Request = RouteInput<"POST /api/v1/actions">["body"];

export interface Asking {
  readonly ask: (request: Request) => void;
  /** From the press until the hub has written it down. */
  readonly isSending: boolean;
  /** What came of the newest request, by target. */
  readonly actions: readonly Action[];
  readonly error: unknown;
  readonly reset: () => void;
}

/** Asks for effects and follows them to their outcome. A repeated send of the same press has one effect. */
export function useAsk(): Asking {
  const [batchId, setBatchId] = useState<string>();
  const send = useMutation({
    mutationFn: (body: Request) => api("POST /api/v1/actions", { body, idempotencyKey: idempotencyKey() }),
    onSuccess(answer) {
      noteActions(answer.items);
      setBatchId(answer.batchId);
    },
  });
  const actions = useBatch(batchId);
  return {
    ask(request) {
      setBatchId(undefined);
      send.mutate(request);
    },
    isSending: send.isPending,
    actions,
    error: send.error,
    reset() {
      setBatchId(undefined);
      send.reset();
    },
  };
}
