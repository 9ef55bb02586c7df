import { Button } from "@mantine/core";
import type { TaskDefinition } from "@muster/core";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "../../api/api.ts";
import { ownZone } from "../../browser/own-zone.ts";
import { BackLink } from "../../components/back-link.tsx";
import { hubNow } from "../../live/live.ts";
import { noteTasks } from "../../tasks/tasks.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { newTaskDraft } from "./task-draft.ts";
import { TaskForm } from "./task-form.tsx";
import { taskBody } from "./task-body.ts";

/** Adding a task. */
export function AddTaskPage() {
  const say = useTaskTexts();
  const navigate = useNavigate();
  const [first] = useState(() => newTaskDraft(ownZone(), hubNow()));
  const add = useMutation({
    mutationFn: (task: TaskDefinition) => api("POST /api/v1/tasks", { body: taskBody(task) }),
    onSuccess(task) {
      noteTasks({ whole: false, tasks: [task], removed: [], runs: [] });
      void navigate({ to: "/tasks/$id", params: { id: task.id } });
    },
  });
  return (
    <div className="stack" data-testid="add-task">
      <div className="row wrap">
        <BackLink to="/tasks" label={say("back")} />
        <h1>{say("add")}</h1>
      </div>
      <TaskForm
        first={first}
        isNew
        onSave={(task) => add.mutate(task)}
        saving={add.isPending}
        error={add.error}
        cancel={
          <Button component={Link} to="/tasks" variant="default" c="var(--text)">
            {say("formCancel")}
          </Button>
        }
      />
    </div>
  );
}
