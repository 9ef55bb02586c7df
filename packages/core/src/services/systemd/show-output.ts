/** Properties of one unit as `systemctl show` prints them; what stands on several lines (`Listen`) has several values. */
export type UnitProperties = ReadonlyMap<string, readonly string[]>;

/** What `systemctl show -p` is asked for. Those that a unit's kind lacks are left out by it. */
export const SHOWN_PROPERTIES = [
  "Id",
  "LoadState",
  "LoadError",
  "ActiveState",
  "SubState",
  "UnitFileState",
  "Result",
  "ReloadResult",
  "NRestarts",
  "MainPID",
  "ExecMainCode",
  "ExecMainStatus",
  "StateChangeTimestamp",
  "StateChangeTimestampMonotonic",
  "InactiveExitTimestampMonotonic",
  "InvocationID",
  "NeedDaemonReload",
  "MemoryCurrent",
  "TasksCurrent",
  "CPUUsageNSec",
  "Type",
  "Restart",
  "RestartUSec",
  "StartLimitBurst",
  "StartLimitIntervalUSec",
  "StatusText",
  "Job",
  "Slice",
  "ControlGroup",
  "CanReload",
  "CanStart",
  "CanStop",
  "RefuseManualStart",
  "RefuseManualStop",
  "FragmentPath",
  "Description",
  "NextElapseUSecRealtime",
  "NextElapseUSecMonotonic",
  "TriggeredBy",
  "Listen",
  "Requires",
  "Wants",
  "BindsTo",
  "After",
] as const;

/** The units of the output of `systemctl show -- A B …`: blocks of `Name=value`, parted by empty lines. */
export function parseShowOutput(text: string): UnitProperties[] {
  const units: UnitProperties[] = [];
  for (const block of text.split(/\n\n+/)) {
    const properties = new Map<string, string[]>();
    for (const line of block.split("\n")) {
      const equals = line.indexOf("=");
      if (equals <= 0) continue;
      const name = line.slice(0, equals);
      const values = properties.get(name);
      if (values === undefined) properties.set(name, [line.slice(equals + 1)]);
      else values.push(line.slice(equals + 1));
    }
    if (properties.has("Id")) units.push(properties);
  }
  return units;
}
