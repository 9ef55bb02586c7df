import { NativeSelect, TextInput } from "@mantine/core";
import { readArg, SIGNAL_NAMES } from "@muster/core";
import { useMemo } from "react";
import { naturalOrder } from "../../fleet/compare-rows.ts";
import { useFleet } from "../../fleet/fleet.ts";
import type { Server } from "../../fleet/fleet-view.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { commandArgs, firstValues } from "../server/command-args.ts";
import type { NamedCommand } from "../server/command-args.ts";
import type { PartProps } from "./task-form-parts.ts";
import form from "./task-form.module.css";

/** What an action takes besides its targets. */
export function ActionArgsFields(props: PartProps) {
  const say = useTaskTexts();
  const { draft, onChange } = props;
  if (draft.action === "exec.run") return <CommandFields {...props} />;
  if (draft.action !== "container.kill") return null;
  return (
    <NativeSelect
      label={say("signal")}
      value={draft.signal}
      data={[...SIGNAL_NAMES]}
      onChange={(event) => onChange({ signal: event.currentTarget.value })}
      data-testid="task-signal"
    />
  );
}

/** Commands that policies of servers name, by name; of several servers that have one the first says what it takes. */
function commandsOf(servers: Iterable<Server>): ReadonlyMap<string, NamedCommand> {
  const commands = new Map<string, NamedCommand>();
  for (const { policy } of servers)
    for (const command of policy?.commands ?? []) if (!commands.has(command.name)) commands.set(command.name, command);
  return new Map([...commands].toSorted(([a], [b]) => naturalOrder.compare(a, b)));
}

/** One of the programs that the servers' policies name, with the arguments that it takes. */
function CommandFields({ draft, errors, onChange }: PartProps) {
  const say = useTaskTexts();
  const { servers } = useFleet();
  const commands = useMemo(() => commandsOf(servers.values()), [servers]);
  const name = String(draft.args["command"] ?? "");
  const command = commands.get(name);
  const names = [...commands.keys(), ...(name !== "" && !command ? [name] : [])];
  return (
    <>
      <NativeSelect
        label={say("command")}
        description={say(commands.size === 0 ? "commandNone" : "commandHint")}
        value={name}
        error={errors["work.args"]}
        data={[{ value: "", label: say("commandPick") }, ...names.map((value) => ({ value, label: value }))]}
        onChange={(event) => {
          const picked = event.currentTarget.value;
          const known = commands.get(picked);
          onChange({ args: known ? commandArgs(known, firstValues(known)) : { command: picked } });
        }}
        data-testid="task-command"
      />
      {command && command.args.length > 0 && (
        <div className={form.args}>
          {command.args.map((arg) => {
            const field = {
              label: arg.type === "int" ? `${arg.name}, ${arg.min}–${arg.max}` : arg.name,
              value: String(draft.args[arg.name] ?? ""),
              "data-testid": `task-arg-${arg.name}`,
            };
            const set = (text: string): void =>
              onChange({ args: { ...draft.args, [arg.name]: readArg(arg, text) ?? text } });
            return arg.type === "choice" ? (
              <NativeSelect
                key={arg.name}
                {...field}
                data={arg.values}
                onChange={(event) => set(event.currentTarget.value)}
              />
            ) : (
              <TextInput
                key={arg.name}
                {...field}
                inputMode="numeric"
                onChange={(event) => set(event.currentTarget.value)}
              />
            );
          })}
        </div>
      )}
    </>
  );
}
