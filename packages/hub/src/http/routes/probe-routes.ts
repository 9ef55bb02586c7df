import { lookFromProblem, MusterError, probeEntry, serviceKeyText } from "@muster/core";
import type { ServiceKey } from "@muster/core";
import { sha256Hex } from "@muster/node-kit";
import type { ProbeView, RouteName } from "@muster/protocol";
import type { CommandBus } from "../../commands/command-bus.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { ServiceDirectory } from "../../fleet/service-directory.ts";
import type { MetricWriter } from "../../metrics/metric-store.ts";
import { isSameTarget, targetOf } from "../../probes/probe-desk.ts";
import type { ProbeDesk } from "../../probes/probe-desk.ts";
import type { Heard } from "../../probes/probe-kind.ts";
import type { KnownProbe, ProbeDefinition, ProbeStore } from "../../probes/probe-store.ts";
import { callerOf, changesBy } from "../handler.ts";
import type { HandlerContext, Handlers } from "../handler.ts";
import { settingsOf } from "./settings-of.ts";

type ProbeRoutes = Pick<
  Handlers,
  Extract<RouteName, `${string} /api/v1/probe${string}` | `${string} /api/v1/pings/${string}`>
>;

export interface ProbeRouteDeps {
  readonly desk: ProbeDesk;
  readonly store: Pick<ProbeStore, "opened">;
  readonly fleet: Fleet;
  readonly services: ServiceDirectory;
  readonly metrics: Pick<MetricWriter, "deleteServer">;
  readonly bus: CommandBus;
  readonly hubUrl: () => string;
  readonly retainNow: () => void;
}

const RISE = 1;
const FALL = 3;

export function probeRoutes(deps: ProbeRouteDeps): ProbeRoutes {
  const { desk, store, fleet, services, metrics, bus } = deps;
  const change = changesBy(bus, "probes.write");
  const checkServer = (field: "about" | "via", id: string | null): void => {
    if (id === null) return;
    const server = fleet.get(id)?.known;
    if (server === undefined)
      throw new MusterError("NOT_FOUND", { fields: { [`body.${field}`]: "there is no such server" } });
    if (field === "via" && server.link !== "agent" && server.link !== "ssh")
      throw new MusterError("BAD_REQUEST", {
        fields: { "body.via": "must be a server that is reached by SSH or has an agent" },
      });
  };
  /** One that went away since it was named may stay named. */
  const checkService = ({ about, service }: About, before?: About): void => {
    if (service === null || (before !== undefined && isSameAbout({ about, service }, before))) return;
    if (about === null)
      throw new MusterError("BAD_REQUEST", { fields: { "body.service": "needs its server in about" } });
    if (services.select({ serverIds: [about], ...service }).length === 0)
      throw new MusterError("NOT_FOUND", { fields: { "body.service": "there is no such service on this server" } });
  };
  const check = (
    definition: Pick<ProbeDefinition, "kind" | "settings" | "via"> & About,
    hasSecret: boolean,
    before?: About,
  ): void => {
    checkServer("about", definition.about);
    checkService(definition, before);
    checkServer("via", definition.via);
    const entry = probeEntry(definition.kind);
    const problem = lookFromProblem(definition.kind, definition.settings, definition.via);
    if (problem !== undefined)
      throw new MusterError("BAD_REQUEST", { fields: { [`body.${problem.at}`]: problem.why } });
    if (entry.secret === "none" && hasSecret)
      throw new MusterError("BAD_REQUEST", { fields: { "body.secret": "is not used by this kind" } });
    if (entry.secret === "required" && !hasSecret)
      throw new MusterError("BAD_REQUEST", { fields: { "body.secret": "is needed by this kind" } });
  };
  const pingUrl = (token: string): string => `${deps.hubUrl()}/api/v1/pings/${token}`;
  const heard = async (token: string, call: Omit<Heard, "at">): Promise<{ ok: true }> => {
    await desk.heard(sha256Hex(token), call);
    return { ok: true };
  };

  return {
    "GET /api/v1/probes": async ({ query }) => {
      const service = query.service === undefined ? undefined : services.find(query.service);
      if (query.service !== undefined && service === undefined)
        throw new MusterError("NOT_FOUND", { fields: { "query.service": "there is no such service" } });
      return {
        items: desk
          .views()
          .filter(
            ({ about, kind }) =>
              (query.about === undefined || about?.serverId === query.about) &&
              (service === undefined || isAboutService(about, service)) &&
              (query.kind === undefined || kind === query.kind),
          ),
      };
    },

    "POST /api/v1/probes": async (context) => {
      const { secret, ...given } = context.body;
      const { kind } = given;
      const entry = probeEntry(kind);
      const definition: ProbeDefinition = {
        ...{ name: given.name, kind, settings: settingsOf(entry.fields, given.settings) },
        ...{
          via: given.via ?? null,
          about: given.about ?? null,
          service: given.service ?? null,
          tags: given.tags ?? [],
        },
        ...{ state: "active", maintenanceUntil: null },
        intervalMs: given.intervalMs ?? entry.intervalMsDefault,
        timeoutMs: given.timeoutMs ?? entry.timeoutMsDefault,
        ...{ rise: given.rise ?? RISE, fall: given.fall ?? FALL },
      };
      check(definition, secret !== undefined);
      const args = { kind, probe: targetOf(definition), via: definition.via, hasSecret: secret !== undefined };
      const { view, token } = await change(context, "probe.add", given.name, args, () => desk.add(definition, secret));
      return { probe: view, pingUrl: token === null ? null : pingUrl(token) };
    },

    "GET /api/v1/probes/{id}": async ({ params }) => {
      const { report, reportAt } = desk.report(params.id);
      return { probe: desk.view(params.id), report: report as ReportView, reportAt };
    },

    "PATCH /api/v1/probes/{id}": async (context) => {
      const { id } = context.params;
      const { secret, ...given } = context.body;
      const before = desk.definition(id);
      const definition = changed(before, given);
      const willHave = secret === undefined ? before.hasSecret && isSameTarget(before, definition) : secret !== null;
      check(definition, willHave, before);
      const said = secret === undefined ? "kept" : secret === null ? "removed" : "set";
      const args = { probeId: id, fields: Object.keys(given), probe: targetOf(definition), secret: said };
      return change(context, "probe.change", before.name, args, () => desk.change(id, definition, secret));
    },

    "DELETE /api/v1/probes/{id}": async (context) => {
      const { id } = context.params;
      const { name } = desk.definition(id);
      await change(context, "probe.delete", name, { probeId: id }, async () => {
        await desk.delete(id);
        await metrics.deleteServer(id);
      });
      deps.retainNow();
      return null;
    },

    "POST /api/v1/probes/{id}/run": async (context) => {
      const { id } = context.params;
      const { name } = desk.definition(id);
      const result = await change(context, "probe.run", name, { probeId: id }, () => desk.run(id), "probes.run");
      return { probe: desk.view(id), result: resultView(result) };
    },

    "POST /api/v1/probe-trials": async (context) => {
      const { kind, secret, probe, via = null, timeoutMs } = context.body;
      const entry = probeEntry(kind);
      const settings = settingsOf(entry.fields, context.body.settings);
      const kept = probe === undefined ? undefined : desk.definition(probe);
      // A kept secret goes to the target that it was given for, and nowhere else.
      const isFor = (one: Pick<KnownProbe, "kind" | "settings" | "via">): boolean =>
        isSameTarget(one, { kind, settings, via });
      const opened =
        secret === undefined && kept !== undefined && isFor(kept) ? await store.opened(kept.id) : undefined;
      const used = secret ?? (opened !== undefined && isFor(opened.known) ? opened.secret : undefined);
      check({ kind, settings, via, about: null, service: null }, used !== undefined);
      const target = targetOf({ kind, settings });
      const result = await change(context, "probe.try", target, { kind, via }, () =>
        desk.trial({ kind, settings, via }, used, timeoutMs ?? entry.timeoutMsDefault, context.signal),
      );
      return resultView(result);
    },

    "POST /api/v1/probes/{id}/acts/{act}": async (context) => {
      const { id, act } = context.params;
      const { kind, name } = desk.definition(id);
      const entry = probeEntry(kind).acts[act];
      if (entry === undefined) throw new MusterError("NOT_FOUND");
      const given = settingsOf(entry.fields, context.body.arguments ?? {}, "body.arguments");
      const args = { probeId: id, arguments: given };
      const acted = await bus.change(
        callerOf(context).actor,
        "http",
        { name: `probe.${act}`, right: "actions.dangerous", target: name, args },
        () => desk.act(id, act, given, context.signal),
        ({ outcome, detail }) => ({ is: outcome, detail }),
      );
      const { outcome, detail, report = { facts: [], tables: [] } } = acted;
      return { outcome, detail, report: report as ReportView };
    },

    "POST /api/v1/probes/{id}/ping-url": async (context) => {
      const { id } = context.params;
      const { name } = desk.definition(id);
      const token = await change(context, "probe.renew-url", name, { probeId: id }, () => desk.renewToken(id));
      return { pingUrl: pingUrl(token) };
    },

    "POST /api/v1/pings/{token}": ({ params }) => heard(params.token, { is: "ok", exitCode: null }),
    "POST /api/v1/pings/{token}/{signal}": ({ params: { token, signal } }) => {
      if (signal === "start" || signal === "fail") return heard(token, { is: signal, exitCode: null });
      const exitCode = Number(signal);
      return heard(token, { is: exitCode === 0 ? "ok" : "fail", exitCode });
    },
  };
}

type Given = Omit<HandlerContext<"PATCH /api/v1/probes/{id}">["body"], "secret">;

type About = Pick<ProbeDefinition, "about" | "service">;

const isSameAbout = (one: About, other: About): boolean =>
  one.about === other.about && keyOf(one.service) === keyOf(other.service);
const keyOf = (service: ServiceKey | null): string | null => (service === null ? null : serviceKeyText(service));
const isAboutService = (about: ProbeView["about"], service: ServiceKey & { readonly serverId: string }): boolean =>
  about?.serverId === service.serverId && keyOf(about.service) === serviceKeyText(service);

/** Another server has other services. */
function changed(before: KnownProbe, { settings, ...given }: Given): ProbeDefinition {
  const told = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const isElsewhere = given.about !== undefined && given.about !== before.about;
  return {
    ...before,
    ...(isElsewhere && { service: null }),
    ...told,
    ...(settings !== undefined && { settings: settingsOf(probeEntry(before.kind).fields, settings) }),
  };
}

type ReportView = ResultView["report"];
type ResultView = Awaited<ReturnType<ProbeRoutes["POST /api/v1/probe-trials"]>>;

/** Samples are for history only. */
const resultView = ({ health, detail, tookMs, report }: Awaited<ReturnType<ProbeDesk["run"]>>): ResultView => ({
  ...{ health, detail, tookMs },
  report: report as ReportView,
});
