import { useMemo } from "react";
import { FieldChoice } from "../../components/field-choice.tsx";
import { ListFilter } from "../../components/list-filter.tsx";
import list from "../../components/list.module.css";
import { sortedTexts } from "../../fleet/compare-rows.ts";
import type { Incident } from "../../incidents/incidents-view.ts";
import { useAlertTexts } from "../../incidents/use-alert-texts.ts";

interface IncidentToolsProps {
  readonly incidents: readonly Incident[];
  readonly filter: string;
  readonly wrong: readonly string[];
  readonly shown: number;
  readonly onFilter: (text: string) => void;
}

/** What the list shows, by words and by server. All of it is one text, so that it fits into the address. */
export function IncidentTools({ incidents, filter, wrong, shown, onFilter }: IncidentToolsProps) {
  const say = useAlertTexts();
  const servers = useMemo(
    () => sortedTexts(incidents.flatMap((incident) => incident.servers.map(({ name }) => name))),
    [incidents],
  );
  return (
    <div className={list.tools}>
      <ListFilter
        label={say("filterLabel")}
        placeholder={say("filter")}
        filter={filter}
        wrong={wrong}
        onFilter={onFilter}
        testId="incident-filter"
      />
      {servers.length > 0 && (
        <FieldChoice
          field="server"
          any={say("anyServer")}
          label={say("server")}
          values={servers.map((name) => [name, name])}
          filter={filter}
          onFilter={onFilter}
          testId="incident-server"
        />
      )}
      <span className={`grow ${list.wide}`} />
      <span className={`soft ${list.wide}`} data-testid="incident-shown">
        {say("shown", { count: shown })}
      </span>
    </div>
  );
}
