import { MusterError } from "@muster/core";
import type { Actor, Clock, Incident, Instant, Silence } from "@muster/core";
import { actorName } from "../commands/command-bus.ts";
import type { Change, CommandBus, Door } from "../commands/command-bus.ts";
import type { IncidentDesk } from "./incident-desk.ts";
import type { IncidentStore } from "./incident-store.ts";
import type { SilenceStore } from "./silence-store.ts";

export interface IncidentChangesDeps {
  readonly incidents: Pick<IncidentDesk, "act">;
  readonly store: Pick<IncidentStore, "byId">;
  readonly silences: Pick<SilenceStore, "add" | "all" | "end">;
  readonly bus: Pick<CommandBus, "change">;
  readonly clock: Clock;
}

/** Who asks, and by which door. */
export interface Asking {
  readonly actor: Actor;
  readonly door: Door;
}

/** What people do to incidents and silences, by whatever door: authorized and written down each time. */
export class IncidentChanges {
  readonly #deps: IncidentChangesDeps;

  constructor(deps: IncidentChangesDeps) {
    this.#deps = deps;
  }

  /** Throws NOT_FOUND and what `CommandBus.change` throws, as all that follow. */
  async acknowledge(asking: Asking, incidentId: string, isAcknowledged: boolean): Promise<Incident> {
    const is = isAcknowledged ? "acknowledged" : "unacknowledged";
    const args = { incidentId, isAcknowledged };
    return this.#act(asking, "incident.acknowledge", incidentId, args, { is, by: actorName(asking.actor) });
  }

  /** Also throws BAD_REQUEST for an end that is not in the future. */
  async snooze(asking: Asking, incidentId: string, until: Instant | null): Promise<Incident> {
    if (until !== null && until <= this.#deps.clock.now())
      throw new MusterError("BAD_REQUEST", { fields: { "body.until": "must be in the future" } });
    const by = actorName(asking.actor);
    return this.#act(asking, "incident.snooze", incidentId, { incidentId, until }, { is: "snoozed", by, until });
  }

  async note(asking: Asking, incidentId: string, text: string): Promise<Incident> {
    return this.#act(
      asking,
      "incident.note",
      incidentId,
      { incidentId },
      {
        ...{ is: "noted", by: actorName(asking.actor), text },
      },
    );
  }

  /** Also throws BAD_REQUEST, naming the field. */
  async silence(asking: Asking, given: Omit<Silence, "id" | "author">): Promise<Silence> {
    const { matcher, reason, from, until } = given;
    const { clock, silences } = this.#deps;
    const fields: Record<string, string> = {};
    if (until <= Math.max(from, clock.now())) fields["body.until"] = "must be in the future, and after `from`";
    const { severityMost: _severityMost, ...lists } = matcher;
    if (Object.values(lists).every((list) => list.length === 0))
      fields["body.matcher"] = "must name something: servers, tags, rules, probes or services";
    if (Object.keys(fields).length > 0) throw new MusterError("BAD_REQUEST", { fields });
    const change = { name: "silence.add", target: reason, args: { matcher, from, until } };
    return this.#change(asking, change, () => silences.add({ ...given, author: actorName(asking.actor) }));
  }

  async endSilence(asking: Asking, silenceId: string): Promise<void> {
    const { silences } = this.#deps;
    const silence = silences.all.find((one) => one.id === silenceId);
    if (silence === undefined) throw new MusterError("NOT_FOUND");
    const change = { name: "silence.end", target: silence.reason, args: { silenceId } };
    await this.#change(asking, change, () => silences.end(silenceId));
  }

  async #act(
    asking: Asking,
    name: string,
    incidentId: string,
    args: Change["args"],
    event: Parameters<IncidentDesk["act"]>[1],
  ): Promise<Incident> {
    const { store, incidents } = this.#deps;
    const incident = await store.byId(incidentId);
    if (incident === undefined) throw new MusterError("NOT_FOUND");
    return this.#change(asking, { name, target: incident.ruleName, args }, () => incidents.act(incidentId, event));
  }

  #change<T>({ actor, door }: Asking, change: Omit<Change, "right">, work: () => Promise<T>): Promise<T> {
    return this.#deps.bus.change(actor, door, { ...change, right: "incidents.write" }, work);
  }
}
