import type { TaskDraft } from "./task-draft.ts";

/** What each part of the form of a task is given. */
export interface PartProps {
  readonly draft: TaskDraft;
  /** By input. */
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (parts: Partial<TaskDraft>) => void;
}
