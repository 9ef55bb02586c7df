import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ForeignText } from "../components/foreign-text.tsx";
import { taskActor } from "./task-actor.ts";

interface ActorTextProps {
  readonly actor: string;
  readonly door: string;
  /** `short`: whose rights it used is told on pointing at it. */
  readonly size?: "whole" | "short";
}

/** Who asked: of a task its name and the way to it, and with whose rights it was. */
export function ActorText({ size = "whole", ...row }: ActorTextProps) {
  const { t } = useTranslation();
  const task = taskActor(row);
  if (!task) return <ForeignText text={row.actor} />;
  const rights = t("actor.rights", { name: task.owner });
  return (
    <>
      <span className="soft">{t("actor.task")}</span>{" "}
      <Link to="/tasks/$id" params={{ id: task.taskId }} title={rights} data-testid="actor-task">
        <ForeignText text={task.task} />
      </Link>
      {size === "whole" && (
        <span className="soft">
          {" "}
          <ForeignText text={rights} />
        </span>
      )}
    </>
  );
}
