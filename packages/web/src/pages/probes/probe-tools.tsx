import { useMemo } from "react";
import { FieldChoice } from "../../components/field-choice.tsx";
import { ListFilter } from "../../components/list-filter.tsx";
import list from "../../components/list.module.css";
import { sortedTexts } from "../../fleet/compare-rows.ts";
import type { Probe } from "../../probes/probes-view.ts";
import { useProbeNaming, useProbeTexts } from "../../probes/use-probe-texts.ts";

interface ProbeToolsProps {
  readonly probes: ReadonlyMap<string, Probe>;
  readonly filter: string;
  readonly wrong: readonly string[];
  readonly shown: number;
  readonly onFilter: (text: string) => void;
}

/** What the list shows: by words, by kind, by tag. All of it is one text, so that it fits into the address. */
export function ProbeTools({ probes, filter, wrong, shown, onFilter }: ProbeToolsProps) {
  const say = useProbeTexts();
  const naming = useProbeNaming();
  const [kinds, tags] = useMemo(() => {
    const all = [...probes.values()];
    return [sortedTexts(all.map(({ kind }) => kind)), sortedTexts(all.flatMap((probe) => probe.tags))];
  }, [probes]);
  return (
    <div className={list.tools}>
      <ListFilter
        label={say("filterLabel")}
        placeholder={say("filter")}
        filter={filter}
        wrong={wrong}
        onFilter={onFilter}
        testId="probe-filter"
      />
      {kinds.length > 1 && (
        <FieldChoice
          field="kind"
          any={say("anyKind")}
          label={say("kind")}
          values={kinds.map((kind) => [kind, naming.kindTitle(kind)])}
          filter={filter}
          onFilter={onFilter}
          testId="probe-kind"
        />
      )}
      {tags.length > 0 && (
        <FieldChoice
          field="tag"
          any={say("anyTag")}
          label={say("tag")}
          values={tags.map((tag) => [tag, tag])}
          filter={filter}
          onFilter={onFilter}
          testId="probe-tag"
        />
      )}
      <span className={`grow ${list.wide}`} />
      <span className={`soft ${list.wide}`} data-testid="probe-shown">
        {say("shown", { count: shown })}
      </span>
    </div>
  );
}
