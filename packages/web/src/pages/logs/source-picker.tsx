import { CloseButton, TextInput, UnstyledButton } from "@mantine/core";
import { IconCheck, IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Disclosure } from "../../components/disclosure.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import type { Server } from "../../fleet/fleet-view.ts";
import { SOURCES_MAX, sourceKey } from "../../logs/log-source.ts";
import type { LogSource } from "../../logs/log-source.ts";
import styles from "../../logs/logs.module.css";
import { sourceColor } from "../../logs/source-color.ts";
import type { Service } from "../../services/services-view.ts";

/** More are found by typing. */
const SHOWN_MAX = 40;

interface Choice {
  readonly source: LogSource;
  readonly name: string;
  readonly server: string;
}

interface SourcePickerProps {
  readonly services: ReadonlyMap<string, Service>;
  readonly servers: ReadonlyMap<string, Server>;
  readonly sources: readonly LogSource[];
  readonly onSources: (sources: readonly LogSource[]) => void;
}

/** Services whose log may be read, and files that the policies of servers list. */
function choicesOf({ services, servers }: Pick<SourcePickerProps, "services" | "servers">): readonly Choice[] {
  const ofServices = [...services.values()]
    .filter(({ isLogGranted }) => isLogGranted)
    .map(({ id, name, server }): Choice => ({ source: { is: "service", id }, name, server }));
  const ofFiles = [...servers.values()].flatMap((server) =>
    (server.policy?.files ?? []).map((path): Choice => ({
      source: { is: "file", serverId: server.id, path },
      name: path,
      server: server.name,
    })),
  );
  const byName = (a: Choice, b: Choice): number =>
    natural.compare(a.name, b.name) || natural.compare(a.server, b.server);
  return [...ofServices.toSorted(byName), ...ofFiles.toSorted(byName)];
}

const natural = new Intl.Collator(undefined, { numeric: true });

/** Which logs are shown together. */
export function SourcePicker({ services, servers, sources, onSources }: SourcePickerProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const choices = useMemo(() => choicesOf({ services, servers }), [services, servers]);
  const picked = new Set(sources.map(sourceKey));
  const words = text.toLocaleLowerCase().split(/\s+/);
  const found = choices.filter(({ name, server }) =>
    words.every((word) => `${name} ${server}`.toLocaleLowerCase().includes(word)),
  );
  return (
    <Disclosure
      label={t("logs.sources")}
      name={t("logs.sources")}
      icon={<IconPlus size={14} aria-hidden />}
      side="left"
      width={340}
      testId="log-sources"
    >
      {() => (
        <>
          <TextInput
            size="xs"
            aria-label={t("logs.findSource")}
            placeholder={t("logs.findSource")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-testid="log-source-search"
          />
          <div className={styles.choices}>
            {found.slice(0, SHOWN_MAX).map(({ source, name, server }) => {
              const key = sourceKey(source);
              const isPicked = picked.has(key);
              return (
                <UnstyledButton
                  key={key}
                  className={styles.choice}
                  aria-pressed={isPicked}
                  disabled={!isPicked && sources.length >= SOURCES_MAX}
                  onClick={() =>
                    onSources(isPicked ? sources.filter((other) => sourceKey(other) !== key) : [...sources, source])
                  }
                  data-testid="log-choice"
                >
                  <span style={{ width: 14 }}>{isPicked && <IconCheck size={14} aria-hidden />}</span>
                  <span className="grow clip">
                    <ForeignText text={name} />
                  </span>
                  <span className="soft">
                    <ForeignText text={server} />
                  </span>
                </UnstyledButton>
              );
            })}
            {found.length === 0 && <span className="soft">{t("logs.noSource")}</span>}
            {found.length > SHOWN_MAX && (
              <span className="soft">{t("logs.moreSources", { count: found.length - SHOWN_MAX })}</span>
            )}
          </div>
        </>
      )}
    </Disclosure>
  );
}

interface SourceChipsProps {
  readonly sources: readonly LogSource[];
  readonly labels: readonly string[];
  readonly onSources: (sources: readonly LogSource[]) => void;
}

/** What is shown, each to be taken out. */
export function SourceChips({ sources, labels, onSources }: SourceChipsProps) {
  const { t } = useTranslation();
  return (
    <span className={styles.chips}>
      {sources.map((source, index) => (
        <span key={sourceKey(source)} className={styles.chip}>
          <span className="clip" style={sources.length > 1 ? { color: sourceColor(index) } : undefined}>
            <ForeignText text={labels[index] ?? ""} />
          </span>
          <CloseButton
            size="xs"
            aria-label={t("compare.remove", { name: labels[index] ?? "" })}
            onClick={() => onSources(sources.filter((other) => other !== source))}
          />
        </span>
      ))}
    </span>
  );
}
