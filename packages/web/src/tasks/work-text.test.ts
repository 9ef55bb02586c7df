import i18next from "i18next";
import type { TFunction } from "i18next";
import { beforeAll, expect, test } from "vitest";
import { en } from "../i18n/en.ts";
import { taskProblemText } from "./task-problem-text.ts";
import type { Task } from "./tasks-view.ts";
import { TASK_TEXTS } from "./use-task-texts.ts";
import type { SayTasks } from "./use-task-texts.ts";
import { workText } from "./work-text.ts";

const instance = i18next.createInstance();
beforeAll(() =>
  instance.init({
    lng: "en",
    resources: { en: { translation: en, tasks: TASK_TEXTS.en }, ru: { tasks: TASK_TEXTS.ru } },
    returnNull: false,
    interpolation: { escapeValue: false },
  }),
);
const say = (language = "en") => instance.getFixedT(language, "tasks") as unknown as SayTasks;
const NAMES: Readonly<Record<string, string>> = { a: "nginx@web-1", b: "api@web-2", s: "web-1", p: "Shop", n: "Chat" };
const nameOf = (id: string) => NAMES[id];
const names = { service: nameOf, server: nameOf, probe: nameOf, notifier: nameOf };

test.each<readonly [Task["work"], string]>([
  [
    { is: "action", action: "service.restart", args: {}, targets: { services: ["a", "b"] } },
    "Restart: nginx@web-1, api@web-2",
  ],
  [{ is: "action", action: "service.stop", args: {}, targets: { services: ["a", "b", "c"] } }, "Stop: 3 services"],
  [
    { is: "action", action: "service.restart", args: {}, targets: { name: "nginx", servers: ["s"], tag: "prod" } },
    "Restart: nginx on web-1 with the tag prod",
  ],
  [
    { is: "action", action: "service.reload", args: {}, targets: { driver: "systemd" } },
    "Reload: every service · systemd",
  ],
  [
    { is: "action", action: "exec.run", args: { command: "rotate", days: 7 }, targets: { tag: "prod" } },
    "Run rotate: with the tag prod",
  ],
  [
    { is: "action", action: "container.kill", args: { signal: "TERM" }, targets: { kind: "cache" } },
    "Kill (TERM): every service · cache",
  ],
  [{ is: "action", action: "server.reboot", args: {}, targets: { servers: ["s", "gone"] } }, "Reboot: 2 servers"],
  [{ is: "probe", probeIds: ["p"] }, "Look: Shop"],
  [{ is: "probe", probeIds: ["p", "q"] }, "Look: 2 probes"],
  [{ is: "webhook", notifierId: "n", text: "hello" }, "Tell Chat"],
  [{ is: "webhook", notifierId: "gone", text: "hello" }, "Tell a notifier"],
  [{ is: "backup", keep: 7 }, "Copy of Muster's state, the newest 7 are kept"],
])("what a task does is said in a line: %j", (work, text) => {
  const t = instance.getFixedT("en") as unknown as TFunction;
  expect(workText(work, { t, say: say(), names })).toBe(text);
});

test("what the hub says of a schedule is said in the language in use", () => {
  const note =
    "The clock of Europe/Berlin changes (GMT+1 to GMT+2) before Sun 2027-03-28 03:00:00 GMT+2. A time of day that is left out runs at the first instant after it.";
  expect(taskProblemText(note, say("ru"))).toMatch(
    /^Часы пояса Europe\/Berlin переводятся \(GMT\+1 на GMT\+2\) перед Sun/,
  );
  expect(taskProblemText("cannot be read: minute 99", say("ru"))).toBe("нельзя прочитать: minute 99");
  expect(taskProblemText("must have five fields (minute, hour, day, month, weekday); it has 3", say())).toContain(
    "it has 3",
  );
  expect(taskProblemText("something else", say())).toBeUndefined();
});
