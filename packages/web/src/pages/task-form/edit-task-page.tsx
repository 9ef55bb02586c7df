import { Button } from "@mantine/core";
import type { TaskDefinition } from "@muster/core";
import type { TaskView } from "@muster/protocol";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/api.ts";
import { useRight } from "../../api/use-right.ts";
import { useTitle } from "../../browser/use-title.ts";
import { BackLink } from "../../components/back-link.tsx";
import { ErrorNotice } from "../../components/error-notice.tsx";
import { ForeignText } from "../../components/foreign-text.tsx";
import { hubNow } from "../../live/live.ts";
import { noteTasks } from "../../tasks/tasks.ts";
import { useTaskTexts } from "../../tasks/use-task-texts.ts";
import { draftOfTask } from "./task-draft.ts";
import { taskBody } from "./task-body.ts";
import { TaskForm } from "./task-form.tsx";

/** Changing a task. The form begins with what was there when it was opened: what changes meanwhile takes nothing away from it. */
export function EditTaskPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: "/inside/tasks/$id/edit" });
  const query = useQuery({
    queryKey: ["task-to-edit", id],
    queryFn: ({ signal }) => api("GET /api/v1/tasks/{id}", { params: { id }, signal }),
    gcTime: 0,
  });
  if (!query.data)
    return query.error ? <ErrorNotice error={query.error} /> : <p className="soft">{t("app.loading")}</p>;
  return <KnownTask task={query.data.task} />;
}

function KnownTask({ task }: { readonly task: TaskView }) {
  const say = useTaskTexts();
  const navigate = useNavigate();
  const mayWrite = useRight("tasks.write");
  const [first] = useState(() => draftOfTask(task as TaskDefinition, hubNow()));
  const { id } = task;
  useTitle(task.name);
  const save = useMutation({
    mutationFn: (next: TaskDefinition) => api("PUT /api/v1/tasks/{id}", { params: { id }, body: taskBody(next) }),
    onSuccess(saved) {
      noteTasks({ whole: false, tasks: [saved], removed: [], runs: [] });
      void navigate({ to: "/tasks/$id", params: { id } });
    },
  });
  return (
    <div className="stack" data-testid="edit-task">
      <div className="row wrap">
        <BackLink to="/tasks/$id" params={{ id }} label={say("backToTask")} />
        <h1>
          <ForeignText text={say("editTitle", { name: task.name })} />
        </h1>
      </div>
      {/* Who may not change it reads it all the same. */}
      <fieldset className="bare" disabled={!mayWrite}>
        <TaskForm
          first={first}
          isNew={false}
          onSave={(next) => save.mutate(next)}
          saving={save.isPending}
          error={save.error}
          cancel={
            <Button
              renderRoot={(root) => <Link {...root} to="/tasks/$id" params={{ id }} />}
              variant="default"
              c="var(--text)"
            >
              {say("formCancel")}
            </Button>
          }
        />
      </fieldset>
    </div>
  );
}
