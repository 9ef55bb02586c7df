import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { refreshSession } from "../api/refresh-session.ts";
import { session } from "../api/session.ts";
import { forgetFleet } from "../fleet/fleet.ts";
import { forgetActions } from "../actions/actions.ts";
import { forgetIncidents } from "../incidents/incidents.ts";
import { live } from "../live/live.ts";
import { forgetProbes } from "../probes/probes.ts";
import { forgetServices } from "../services/services.ts";
import { forgetTasks } from "../tasks/tasks.ts";
import { PageError } from "./page-error.tsx";
import { PageMissing } from "./page-missing.tsx";
import { PagePending } from "./page-pending.tsx";
import { queryClient } from "./query-client.ts";
import {
  activitySearch,
  addProbeSearch,
  addSearch,
  auditSearch,
  compareSearch,
  defineSearch,
  deliverySearch,
  incidentsSearch,
  kindSearch,
  loginSearch,
  logSearch,
  overviewSearch,
  probesSearch,
  processSearch,
  rangeSearch,
  serviceSearch,
  taskSearch,
  tasksSearch,
} from "./search.ts";
import { Shell } from "./shell.tsx";

const rootRoute = createRootRoute();

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: loginSearch,
  component: lazyRouteComponent(() => import("../pages/sign-in/login-page.tsx"), "LoginPage"),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("../pages/sign-in/setup-page.tsx"), "SetupPage"),
});

/** Everything behind the sign-in. */
const insideRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "inside",
  component: Shell,
  async beforeLoad({ location }) {
    const me = session.get() ?? (await refreshSession());
    if (me) return live.start();
    const next = location.href === "/" ? {} : { next: location.href };
    throw redirect({ to: "/login", search: next });
  },
});

const overviewRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/",
  validateSearch: overviewSearch,
  component: lazyRouteComponent(() => import("../pages/overview/overview-page.tsx"), "OverviewPage"),
});

const addRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/add",
  validateSearch: addSearch,
  component: lazyRouteComponent(() => import("../pages/add/add-page.tsx"), "AddPage"),
});

const serverRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/servers/$id",
  component: lazyRouteComponent(() => import("../pages/server/server-page.tsx"), "ServerPage"),
});

const serverMetricsRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: "/",
  validateSearch: rangeSearch,
  component: lazyRouteComponent(() => import("../pages/server/metrics-tab.tsx"), "MetricsTab"),
});

const serverProcessesRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: "/processes",
  validateSearch: processSearch,
  component: lazyRouteComponent(() => import("../pages/server/processes-tab.tsx"), "ProcessesTab"),
});

const serverSettingsRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("../pages/server/settings-tab.tsx"), "SettingsTab"),
});

const serverServicesRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: "/services",
  validateSearch: serviceSearch,
  component: lazyRouteComponent(() => import("../pages/server/services-tab.tsx"), "ServerServicesTab"),
});

const serverActionsRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: "/actions",
  component: lazyRouteComponent(() => import("../pages/server/actions-tab.tsx"), "ActionsTab"),
});

const serverConnectionRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: "/connection",
  component: lazyRouteComponent(() => import("../pages/server/connection-tab.tsx"), "ConnectionTab"),
});

const serverChannelsRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: "/channels",
  validateSearch: serviceSearch,
  component: lazyRouteComponent(() => import("../pages/server/channels-tab.tsx"), "ChannelsTab"),
});

const defineRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/servers/$id/define",
  validateSearch: defineSearch,
  component: lazyRouteComponent(() => import("../pages/definition/define-page.tsx"), "DefinePage"),
});

const servicesRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/services",
  validateSearch: serviceSearch,
  component: lazyRouteComponent(() => import("../pages/services/services-page.tsx"), "ServicesPage"),
});

const serviceRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/services/$id",
  component: lazyRouteComponent(() => import("../pages/service/service-page.tsx"), "ServicePage"),
});

const serviceOverviewRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: "/",
  validateSearch: rangeSearch,
  component: lazyRouteComponent(() => import("../pages/service/overview-tab.tsx"), "OverviewTab"),
});

const serviceLedgerRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: "/ledger",
  component: lazyRouteComponent(() => import("../pages/service/ledger-tab.tsx"), "LedgerTab"),
});

const serviceHealthRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: "/health",
  validateSearch: rangeSearch,
  component: lazyRouteComponent(() => import("../pages/service/health-tab.tsx"), "HealthTab"),
});

const serviceLogsRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: "/logs",
  validateSearch: logSearch,
  component: lazyRouteComponent(() => import("../pages/service/logs-tab.tsx"), "LogsTab"),
});

const serviceDefinitionRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: "/definition",
  component: lazyRouteComponent(() => import("../pages/service/definition-tab.tsx"), "DefinitionTab"),
});

const probesRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/probes",
  validateSearch: probesSearch,
  component: lazyRouteComponent(() => import("../pages/probes/probes-page.tsx"), "ProbesPage"),
});

const addProbeRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/probes/add",
  validateSearch: addProbeSearch,
  component: lazyRouteComponent(() => import("../pages/probe-form/add-probe-page.tsx"), "AddProbePage"),
});

const probeRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/probes/$id",
  validateSearch: rangeSearch,
  component: lazyRouteComponent(() => import("../pages/probe/probe-page.tsx"), "ProbePage"),
});

const editProbeRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/probes/$id/edit",
  component: lazyRouteComponent(() => import("../pages/probe-form/edit-probe-page.tsx"), "EditProbePage"),
});

const incidentsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/incidents",
  validateSearch: incidentsSearch,
  component: lazyRouteComponent(() => import("../pages/incidents/incidents-page.tsx"), "IncidentsPage"),
});

const pastIncidentsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/incidents/history",
  validateSearch: incidentsSearch,
  component: lazyRouteComponent(() => import("../pages/incidents/past-incidents-page.tsx"), "PastIncidentsPage"),
});

const incidentRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/incidents/$id",
  component: lazyRouteComponent(() => import("../pages/incident/incident-page.tsx"), "IncidentPage"),
});

const silencesRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/silences",
  component: lazyRouteComponent(() => import("../pages/silences/silences-page.tsx"), "SilencesPage"),
});

const rulesRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/rules",
  component: lazyRouteComponent(() => import("../pages/rules/rules-page.tsx"), "RulesPage"),
});

const addRuleRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/rules/add",
  validateSearch: kindSearch,
  component: lazyRouteComponent(() => import("../pages/rule-form/add-rule-page.tsx"), "AddRulePage"),
});

const ruleRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/rules/$id",
  component: lazyRouteComponent(() => import("../pages/rule-form/edit-rule-page.tsx"), "EditRulePage"),
});

const notifiersRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/notifiers",
  validateSearch: deliverySearch,
  component: lazyRouteComponent(() => import("../pages/notifiers/notifiers-page.tsx"), "NotifiersPage"),
});

const addNotifierRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/notifiers/add",
  validateSearch: kindSearch,
  component: lazyRouteComponent(() => import("../pages/notifier-form/add-notifier-page.tsx"), "AddNotifierPage"),
});

const notifierRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/notifiers/$id",
  component: lazyRouteComponent(() => import("../pages/notifier-form/edit-notifier-page.tsx"), "EditNotifierPage"),
});

const tasksRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/tasks",
  validateSearch: tasksSearch,
  component: lazyRouteComponent(() => import("../pages/tasks/tasks-page.tsx"), "TasksPage"),
});

const addTaskRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/tasks/new",
  component: lazyRouteComponent(() => import("../pages/task-form/add-task-page.tsx"), "AddTaskPage"),
});

const taskRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/tasks/$id",
  validateSearch: taskSearch,
  component: lazyRouteComponent(() => import("../pages/task/task-page.tsx"), "TaskPage"),
});

const editTaskRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/tasks/$id/edit",
  component: lazyRouteComponent(() => import("../pages/task-form/edit-task-page.tsx"), "EditTaskPage"),
});

const runRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/runs/$id",
  component: lazyRouteComponent(() => import("../pages/run/run-page.tsx"), "RunPage"),
});

const statusPagesRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/status-pages",
  component: lazyRouteComponent(() => import("../pages/status-pages/status-pages-page.tsx"), "StatusPagesPage"),
});

const addStatusPageRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/status-pages/add",
  component: lazyRouteComponent(() => import("../pages/status-pages/add-status-page.tsx"), "AddStatusPage"),
});

const statusPageRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/status-pages/$id",
  component: lazyRouteComponent(() => import("../pages/status-pages/edit-status-page.tsx"), "EditStatusPage"),
});

const logsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/logs",
  validateSearch: logSearch,
  component: lazyRouteComponent(() => import("../pages/logs/logs-page.tsx"), "LogsPage"),
});

const activityRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/activity",
  validateSearch: activitySearch,
  component: lazyRouteComponent(() => import("../pages/activity/activity-page.tsx"), "ActivityPage"),
});

const compareRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/compare",
  validateSearch: compareSearch,
  component: lazyRouteComponent(() => import("../pages/compare/compare-page.tsx"), "ComparePage"),
});

const usersRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/users",
  component: lazyRouteComponent(() => import("../pages/users/users-page.tsx"), "UsersPage"),
});

const tokensRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/tokens",
  component: lazyRouteComponent(() => import("../pages/tokens/tokens-page.tsx"), "TokensPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/audit",
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import("../pages/audit/audit-page.tsx"), "AuditPage"),
});

const hubRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/status",
  component: lazyRouteComponent(() => import("../pages/hub/hub-page.tsx"), "HubPage"),
});

const historyRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/settings/history",
  component: lazyRouteComponent(() => import("../pages/history/history-page.tsx"), "HistoryPage"),
});

const sshKeysRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/settings/ssh-keys",
  component: lazyRouteComponent(() => import("../pages/ssh-keys/ssh-keys-page.tsx"), "SshKeysPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("../pages/account/account-page.tsx"), "AccountPage"),
});

/** Any other path, so that the navigation stays around the page that says so. */
const missingRoute = createRoute({ getParentRoute: () => insideRoute, path: "$", component: PageMissing });

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    loginRoute,
    setupRoute,
    insideRoute.addChildren([
      overviewRoute,
      addRoute,
      serverRoute.addChildren([
        serverMetricsRoute,
        serverServicesRoute,
        serverProcessesRoute,
        serverActionsRoute,
        serverConnectionRoute,
        serverChannelsRoute,
        serverSettingsRoute,
      ]),
      defineRoute,
      servicesRoute,
      serviceRoute.addChildren([
        serviceOverviewRoute,
        serviceLedgerRoute,
        serviceHealthRoute,
        serviceLogsRoute,
        serviceDefinitionRoute,
      ]),
      probesRoute,
      addProbeRoute,
      probeRoute,
      editProbeRoute,
      incidentsRoute,
      pastIncidentsRoute,
      incidentRoute,
      silencesRoute,
      rulesRoute,
      addRuleRoute,
      ruleRoute,
      notifiersRoute,
      addNotifierRoute,
      notifierRoute,
      tasksRoute,
      addTaskRoute,
      taskRoute,
      editTaskRoute,
      runRoute,
      statusPagesRoute,
      addStatusPageRoute,
      statusPageRoute,
      logsRoute,
      activityRoute,
      compareRoute,
      usersRoute,
      tokensRoute,
      auditRoute,
      hubRoute,
      historyRoute,
      sshKeysRoute,
      accountRoute,
      missingRoute,
    ]),
  ]),
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: PageMissing,
  defaultPendingComponent: PagePending,
  defaultPreload: "intent",
  // What was typed, tested or shown at one server must not stand on the page of another.
  defaultRemountDeps: ({ params }) => params,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

// The session may end anywhere: by a sign-out here, by another door, by time.
session.subscribe(() => {
  if (session.get() !== null) return;
  live.stop();
  forgetFleet();
  forgetServices();
  forgetProbes();
  forgetIncidents();
  forgetActions();
  forgetTasks();
  queryClient.clear();
  const here = router.state.location;
  if (here.pathname === "/login" || here.pathname === "/setup") return;
  void router.navigate({ to: "/login", search: here.href === "/" ? {} : { next: here.href } });
});
