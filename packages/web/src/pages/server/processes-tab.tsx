import { processTree } from "@muster/core";
import { TextInput } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRight } from "../../api/use-right.ts";
import { useHotkey } from "../../browser/use-hotkey.ts";
import { Segments } from "../../components/segments.tsx";
import { Age } from "../../components/age.tsx";
import { filterProcesses, sortProcesses } from "../../fleet/process-list.ts";
import type { Process, ProcessList } from "../../fleet/process-list.ts";
import { live } from "../../live/live.ts";
import { ProcessRows } from "./process-rows.tsx";
import { useWatchedServer } from "./watch-context.ts";

const KillDialog = lazy(() => import("./kill-dialog.tsx").then((module) => ({ default: module.KillDialog })));

/** How often the list comes; an older one has to show its age. */
const LIST_INTERVAL_MS = 5_000;

/** What runs on a server: busiest first, or as a tree. */
export function ProcessesTab() {
  const { t } = useTranslation();
  const { server } = useWatchedServer();
  const search = useSearch({ from: "/inside/servers/$id/processes" });
  const navigate = useNavigate({ from: "/servers/$id/processes" });
  const [list, setList] = useState<ProcessList>();
  const [refusal, setRefusal] = useState<string>();
  const [killed, setKilled] = useState<Process>();
  const mayKill = useRight("actions.dangerous");
  const [text, setText] = useState(search.q ?? "");
  const input = useRef<HTMLInputElement>(null);
  useHotkey("/", () => input.current?.select());
  useEffect(
    () =>
      live.listen<"processes">(
        `processes/${server.id}`,
        (state) => {
          setRefusal(undefined);
          setList(state);
        },
        (_code, message) => setRefusal(message),
      ),
    [server.id],
  );
  const by = search.sort ?? "cpu";
  const tree = search.view === "tree";
  const rows = useMemo(() => {
    const kept = sortProcesses(filterProcesses(list?.processes ?? [], text), by);
    return tree ? processTree(kept) : kept.map((process) => ({ process, depth: 0 }));
  }, [list, text, by, tree]);
  const change = (parts: { q?: string; view?: "tree" | undefined; sort?: "memory" | undefined }): void =>
    void navigate({
      search: (before) => Object.fromEntries(Object.entries({ ...before, ...parts }).filter(([, value]) => value)),
      replace: true,
    });
  return (
    <>
      <div className="row wrap">
        <TextInput
          ref={input}
          size="xs"
          style={{ flex: "1 1 240px", maxWidth: 420 }}
          aria-label={t("processes.filter")}
          placeholder={t("processes.filter")}
          leftSection={<IconFilter size={14} aria-hidden />}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            change({ q: event.currentTarget.value });
          }}
          spellCheck={false}
          data-testid="process-filter"
        />
        <span className="soft">{t("processes.shown", { shown: rows.length, total: list?.total ?? 0 })}</span>
        <span className="grow" />
        {list && <Age at={list.at} intervalMs={LIST_INTERVAL_MS} />}
        <Segments
          label={t("processes.view")}
          value={tree ? "tree" : "list"}
          options={[
            { value: "list", label: t("processes.list") },
            { value: "tree", label: t("processes.tree") },
          ]}
          onChange={(view) => change({ view: view === "tree" ? "tree" : undefined })}
          testId="process-view"
        />
      </div>
      {refusal !== undefined && <div className="notice warning">{refusal}</div>}
      {!list && refusal === undefined && <p className="soft">{t("processes.waiting")}</p>}
      {list && (
        <ProcessRows
          rows={rows}
          at={list.at}
          by={by}
          onSort={(key) => change({ sort: key === "memory" ? "memory" : undefined })}
          onKill={mayKill ? setKilled : undefined}
        />
      )}
      {killed && (
        <Suspense fallback={null}>
          <KillDialog key={killed.pid} server={server} process={killed} onClose={() => setKilled(undefined)} />
        </Suspense>
      )}
    </>
  );
}
