/** Who asked for something, where that was a task: whose rights it used, and which task. */
export interface TaskActor {
  readonly owner: string;
  readonly task: string;
  readonly taskId: string;
}

/** A user's name holds no space, so that no name can look like a task of somebody else. */
const TASK_ACTOR = /^(\S+) \(task "(.*)" ([\w-]{1,64})\)$/su;

/** An actor without the id of their token, which says nothing to people. */
export const shortActor = (actor: string): string => actor.replace(/ \(token "(.*)" [\w-]{1,64}\)$/su, ' (token "$1")');

/** Reads an actor as the hub writes it; undefined for people, tokens and consoles. */
export function taskActor({ actor, door }: { readonly actor: string; readonly door: string }): TaskActor | undefined {
  const parts = door === "task" ? TASK_ACTOR.exec(actor) : null;
  return parts ? { owner: parts[1]!, task: parts[2]!, taskId: parts[3]! } : undefined;
}
