import { Spotlight, createSpotlight } from "@mantine/spotlight";
import type { SpotlightActionGroupData } from "@mantine/spotlight";
import "@mantine/core/styles/ScrollArea.layer.css";
import "@mantine/core/styles/Kbd.layer.css";
import "@mantine/spotlight/styles.layer.css";
import {
  IconAlertTriangle,
  IconBox,
  IconCalendarClock,
  IconHeartRateMonitor,
  IconLayersIntersect,
  IconMoon,
  IconServer2,
  IconSettings,
  IconSun,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { taskStanding } from "@muster/core";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { session } from "../api/session.ts";
import { useObservable } from "../browser/observable.ts";
import { useFleet } from "../fleet/fleet.ts";
import { serverState } from "../fleet/server-state.ts";
import { LANGUAGES, LANGUAGE_NAMES, languageChoice } from "../i18n/language.ts";
import { compareUrgency } from "../incidents/incident-state.ts";
import { useIncidents } from "../incidents/incidents.ts";
import { useProbes } from "../probes/probes.ts";
import { useProbeNaming, useProbeTexts } from "../probes/use-probe-texts.ts";
import { askedVerb } from "../services/asked-verb.ts";
import { useServices } from "../services/services.ts";
import { askedRun } from "../tasks/asked-run.ts";
import { useTasks } from "../tasks/tasks.ts";
import { useTaskTexts } from "../tasks/use-task-texts.ts";
import { themeChoice, useColorScheme } from "../theme/color-scheme.ts";
import { PAGES } from "./pages.ts";

const [store, spotlight] = createSpotlight();

const PALETTE_VERBS = ["restart", "start", "stop", "reload"] as const;

/** Everything by keyboard: servers, services and their verbs, probes, pages and settings in one list. It is loaded when first asked for. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const me = useObservable(session);
  const fleet = useFleet();
  const { services } = useServices();
  const { probes } = useProbes();
  const sayOfProbes = useProbeTexts();
  const naming = useProbeNaming();
  const { incidents } = useIncidents();
  const { tasks } = useTasks();
  const sayOfTasks = useTaskTexts();
  const scheme = useColorScheme();
  useEffect(() => spotlight.open(), []);
  const actions = useMemo((): SpotlightActionGroupData[] => {
    const servers = [...fleet.servers.values()].map((server) => ({
      id: server.id,
      label: server.name,
      description: [t(`state.${serverState(server)}`), ...server.tags].join(" · "),
      leftSection: <IconServer2 size={16} />,
      onClick: () => void navigate({ to: "/servers/$id", params: { id: server.id } }),
    }));
    const known = [...services.values()];
    const found = known.map((service) => ({
      id: service.id,
      label: service.name,
      description: [service.server, t(`runState.${service.state}`), service.kind]
        .filter((part) => part !== "")
        .join(" · "),
      leftSection: <IconBox size={16} />,
      onClick: () => void navigate({ to: "/services/$id", params: { id: service.id } }),
    }));
    const watched = [...probes.values()].map((probe) => ({
      id: probe.id,
      label: probe.name,
      description: [
        naming.kindTitle(probe.kind),
        probe.target,
        probe.state === "paused" ? sayOfProbes("paused") : t(`health.${probe.health}`),
      ].join(" · "),
      leftSection: <IconHeartRateMonitor size={16} />,
      onClick: () => void navigate({ to: "/probes/$id", params: { id: probe.id } }),
    }));
    const verbs = known.flatMap((service) =>
      PALETTE_VERBS.filter((verb) => service.granted.includes(verb) && me?.rights.includes("actions.normal")).map(
        (verb) => ({
          id: `${verb} ${service.id}`,
          label: `${t(`verb.${verb}`)} ${service.name}`,
          description: service.server,
          onClick: () => askedVerb.set({ verb, service }),
        }),
      ),
    );
    const planned = [...tasks.values()].map((task) => ({
      id: task.id,
      label: task.name,
      description: [sayOfTasks(`standing.${taskStanding(task)}`), task.words, task.zone].join(" · "),
      leftSection: <IconCalendarClock size={16} />,
      onClick: () => void navigate({ to: "/tasks/$id", params: { id: task.id } }),
    }));
    const mayRun = me?.rights.includes("tasks.write") === true;
    const runs = mayRun
      ? [...tasks.values()].map(({ id, name }) => ({
          id: `run ${id}`,
          label: `${sayOfTasks("runNow")}: ${name}`,
          onClick() {
            // The page of the task asks whether it is meant.
            void navigate({ to: "/tasks/$id", params: { id } }).then(() => askedRun.set(id));
          },
        }))
      : [];
    const open = [...incidents.values()].toSorted(compareUrgency).map((incident) => ({
      id: incident.id,
      label: incident.title,
      description: [...incident.servers.map(({ name }) => name), incident.rule].join(" · "),
      leftSection: <IconAlertTriangle size={16} />,
      onClick: () => void navigate({ to: "/incidents/$id", params: { id: incident.id } }),
    }));
    const pages = PAGES.filter((page) => me?.rights.includes(page.right)).map((page) => ({
      id: page.key,
      label: t(`nav.${page.key}`),
      leftSection: <page.icon size={16} />,
      onClick: () => void navigate({ to: page.to }),
    }));
    const add = me?.rights.includes("join-tokens.write")
      ? [{ id: "add", label: t("nav.add"), onClick: () => void navigate({ to: "/add" }) }]
      : [];
    const addTask = mayRun
      ? [
          {
            id: "add-task",
            label: sayOfTasks("add"),
            leftSection: <IconCalendarClock size={16} />,
            onClick: () => void navigate({ to: "/tasks/new" }),
          },
        ]
      : [];
    const compare = {
      id: "compare",
      label: t("compare.title"),
      leftSection: <IconLayersIntersect size={16} />,
      onClick: () => void navigate({ to: "/compare" }),
    };
    const dark = scheme === "dark";
    const settings = [
      {
        id: "theme",
        label: `${t("account.theme")}: ${t(dark ? "account.themeLight" : "account.themeDark")}`,
        leftSection: dark ? <IconSun size={16} /> : <IconMoon size={16} />,
        onClick: () => themeChoice.set(dark ? "light" : "dark"),
      },
      ...LANGUAGES.map((language) => ({
        id: `language-${language}`,
        label: `${t("account.language")}: ${LANGUAGE_NAMES[language]}`,
        leftSection: <IconSettings size={16} />,
        onClick: () => languageChoice.set(language),
      })),
    ];
    return [
      { group: t("palette.servers"), actions: servers },
      { group: t("services.title"), actions: found },
      { group: t("nav.probes"), actions: watched },
      { group: t("nav.incidents"), actions: open },
      { group: t("nav.tasks"), actions: planned },
      { group: t("palette.pages"), actions: [...pages, compare, ...add, ...addTask] },
      { group: t("palette.verbs"), actions: [...verbs, ...runs] },
      { group: t("palette.settings"), actions: settings },
    ];
  }, [fleet, services, probes, incidents, tasks, naming, sayOfProbes, sayOfTasks, me, scheme, t, navigate]);
  return (
    <Spotlight
      store={store}
      actions={actions}
      limit={12}
      shortcut={null}
      scrollable
      maxHeight={420}
      nothingFound={t("palette.nothing")}
      searchProps={{ placeholder: t("palette.placeholder"), "aria-label": t("palette.placeholder") }}
      transitionProps={{ duration: 0 }}
      overlayProps={{ backgroundOpacity: 0.45, blur: 0 }}
      onSpotlightClose={onClose}
      data-testid="palette"
    />
  );
}
