import type { Outcome } from "@muster/core";
import type { BotLanguage } from "./telegram-update.ts";

/** All that bots say, in one language. Names that are put in are safe already. */
export interface BotTexts {
  readonly stranger: string;
  readonly help: string;
  readonly bound: (user: string) => string;
  readonly wrongCode: string;
  readonly codeInPrivate: string;
  readonly unknownCommand: string;
  readonly cameTooLate: string;
  readonly tooFast: string;
  readonly interrupted: string;
  readonly failed: string;
  readonly usage: (line: string) => string;
  readonly mayNot: string;
  readonly mustConfirm: string;
  readonly offline: string;
  readonly noServer: (word: string) => string;
  readonly noService: (word: string, server: string) => string;
  readonly noIncident: string;
  readonly noOwnServer: string;
  readonly which: string;
  readonly more: (count: number) => string;
  readonly noServers: string;
  readonly noServices: string;
  readonly noIncidents: string;
  readonly servers: (online: number, all: number) => string;
  readonly presence: Readonly<Record<"pending" | "online" | "stale" | "offline", string>>;
  readonly cpu: string;
  readonly memory: string;
  readonly disk: string;
  readonly load: string;
  readonly network: string;
  readonly temperature: string;
  readonly uptime: string;
  readonly services: string;
  readonly lastHour: string;
  readonly notCurrent: string;
  readonly chart: string;
  readonly chartOf: (server: string, hours: number) => string;
  readonly noValues: string;
  readonly noPicture: string;
  readonly noLines: string;
  readonly logOf: (service: string) => string;
  readonly acknowledgedBy: (name: string) => string;
  readonly snoozedUntil: (time: string) => string;
  readonly acknowledged: (title: string) => string;
  readonly snoozed: (title: string, time: string) => string;
  readonly isOver: string;
  readonly silenced: (server: string, time: string) => string;
  readonly askRestart: (service: string, server: string) => string;
  readonly askReboot: (server: string) => string;
  readonly withinSeconds: (seconds: number) => string;
  readonly confirm: string;
  readonly cancel: string;
  readonly cancelled: string;
  readonly working: string;
  readonly targetChanged: string;
  readonly press: Readonly<Record<"unknown" | "of-somebody-else" | "too-late" | "used", string>>;
  readonly outcome: Readonly<Record<Outcome["is"], string>>;
}

const EN: BotTexts = {
  stranger: "This bot talks to people who are bound to it.",
  help: [
    "/stats [server] – how servers do",
    "/chart <server> [what] [hours] – a picture",
    "/warn – what is wrong now",
    "/incidents – the same, numbered",
    "/ack <number> – I take care of it",
    "/servers – all servers",
    "/services [server] [text] – services",
    "/logs <server> <service> [lines] – the last lines",
    "/restart <server> <service>",
    "/reboot <server>",
    "/hostreboot – the hub's own server",
    "/silence <server> <minutes> <reason>",
    "Names with spaces go in quotes.",
  ].join("\n"),
  bound: (user) => `You are ${user} here from now on. /help shows what I can do.`,
  wrongCode: "This code is not valid. Make a new one in Muster.",
  codeInPrivate: "Send your code in a private chat with me, and make a new one: this one was seen.",
  unknownCommand: "I do not know this command. /help shows what I can do.",
  cameTooLate: "This came to me too late. Ask again if you still want it.",
  tooFast: "Not so fast, please.",
  interrupted: "I was started anew while I worked for you. Look how things are before you ask again.",
  failed: "That did not work; the hub's log has the cause.",
  usage: (line) => `Like this: ${line}`,
  mayNot: "Your role does not allow this.",
  mustConfirm: "This must be confirmed.",
  offline: "This server is not connected now.",
  noServer: (word) => `There is no server like ${word}.`,
  noService: (word, server) => `There is no service like ${word} on ${server}.`,
  noIncident: "There is no such incident. /incidents shows them.",
  noOwnServer: "The hub's own machine is no server of this hub.",
  which: "Which one?",
  more: (count) => `and ${count} more`,
  noServers: "There are no servers.",
  noServices: "There are no such services.",
  noIncidents: "Nothing is wrong.",
  servers: (online, all) => `${online} of ${all} servers online`,
  presence: { pending: "waiting", online: "online", stale: "late", offline: "OFFLINE" },
  cpu: "CPU",
  memory: "Memory",
  disk: "Disk",
  load: "Load",
  network: "Network",
  temperature: "Temperature",
  uptime: "Up for",
  services: "Services",
  lastHour: "the last hour",
  notCurrent: "as last known",
  chart: "Chart",
  chartOf: (server, hours) => `${server}, the last ${hours} h`,
  noValues: "There are no values of that time.",
  noPicture: "The picture could not be sent.",
  noLines: "There are no lines.",
  logOf: (service) => `Log of ${service}`,
  acknowledgedBy: (name) => `acknowledged by ${name}`,
  snoozedUntil: (time) => `snoozed until ${time}`,
  acknowledged: (title) => `Acknowledged: ${title}`,
  snoozed: (title, time) => `Snoozed until ${time}: ${title}`,
  isOver: "This is over already.",
  silenced: (server, time) => `Nothing is told of ${server} until ${time}.`,
  askRestart: (service, server) => `Restart ${service} on ${server}?`,
  askReboot: (server) => `Reboot ${server}?`,
  withinSeconds: (seconds) => `Only you can confirm, within ${seconds} s.`,
  confirm: "Confirm",
  cancel: "Cancel",
  cancelled: "Cancelled.",
  working: "Asked; waiting for the outcome …",
  targetChanged: "What this was about has changed meanwhile. Ask again.",
  press: {
    unknown: "This button does nothing any more.",
    "of-somebody-else": "This button is for somebody else.",
    "too-late": "Too late. Ask again.",
    used: "This was pressed already.",
  },
  outcome: { succeeded: "Succeeded", failed: "Failed", refused: "Refused", unknown: "Unknown" },
};

const RU: BotTexts = {
  stranger: "Этот бот говорит только с теми, кто к нему привязан.",
  help: [
    "/stats [сервер] – как дела у серверов",
    "/chart <сервер> [что] [часов] – картинкой",
    "/warn – что сейчас не в порядке",
    "/incidents – то же, с номерами",
    "/ack <номер> – беру на себя",
    "/servers – все серверы",
    "/services [сервер] [текст] – службы",
    "/logs <сервер> <служба> [строк] – последние строки",
    "/restart <сервер> <служба>",
    "/reboot <сервер>",
    "/hostreboot – сервер самого хаба",
    "/silence <сервер> <минут> <причина>",
    "Имена с пробелами пишутся в кавычках.",
  ].join("\n"),
  bound: (user) => `Теперь вы здесь ${user}. /help покажет, что я умею.`,
  wrongCode: "Этот код недействителен. Получите новый в Muster.",
  codeInPrivate: "Отправьте код мне в личном чате и получите новый: этот уже видели.",
  unknownCommand: "Я не знаю такой команды. /help покажет, что я умею.",
  cameTooLate: "Это дошло до меня слишком поздно. Если ещё нужно, повторите.",
  tooFast: "Не так быстро, пожалуйста.",
  interrupted: "Меня перезапустили, пока я работал для вас. Посмотрите, как обстоят дела, прежде чем повторять.",
  failed: "Не получилось; причина в журнале хаба.",
  usage: (line) => `Вот так: ${line}`,
  mayNot: "Ваша роль этого не позволяет.",
  mustConfirm: "Это нужно подтвердить.",
  offline: "Этот сервер сейчас не на связи.",
  noServer: (word) => `Нет сервера, похожего на ${word}.`,
  noService: (word, server) => `Нет службы, похожей на ${word}, на ${server}.`,
  noIncident: "Нет такого инцидента. /incidents покажет их.",
  noOwnServer: "Машина самого хаба не является его сервером.",
  which: "Что именно?",
  more: (count) => `и ещё ${count}`,
  noServers: "Серверов нет.",
  noServices: "Таких служб нет.",
  noIncidents: "Всё в порядке.",
  servers: (online, all) => `На связи ${online} из ${all} серверов`,
  presence: { pending: "ждёт", online: "на связи", stale: "опаздывает", offline: "НЕ НА СВЯЗИ" },
  cpu: "Процессор",
  memory: "Память",
  disk: "Диск",
  load: "Нагрузка",
  network: "Сеть",
  temperature: "Температура",
  uptime: "Работает",
  services: "Службы",
  lastHour: "за последний час",
  notCurrent: "по последним данным",
  chart: "График",
  chartOf: (server, hours) => `${server}, последние ${hours} ч`,
  noValues: "За это время значений нет.",
  noPicture: "Картинку отправить не удалось.",
  noLines: "Строк нет.",
  logOf: (service) => `Журнал ${service}`,
  acknowledgedBy: (name) => `принял ${name}`,
  snoozedUntil: (time) => `отложен до ${time}`,
  acknowledged: (title) => `Принято: ${title}`,
  snoozed: (title, time) => `Отложено до ${time}: ${title}`,
  isOver: "Это уже закончилось.",
  silenced: (server, time) => `О ${server} ничего не сообщается до ${time}.`,
  askRestart: (service, server) => `Перезапустить ${service} на ${server}?`,
  askReboot: (server) => `Перезагрузить ${server}?`,
  withinSeconds: (seconds) => `Подтвердить можете только вы, в течение ${seconds} с.`,
  confirm: "Подтвердить",
  cancel: "Отмена",
  cancelled: "Отменено.",
  working: "Запрошено; жду результата …",
  targetChanged: "То, к чему это относилось, изменилось. Повторите запрос.",
  press: {
    unknown: "Эта кнопка больше ничего не делает.",
    "of-somebody-else": "Эта кнопка для другого человека.",
    "too-late": "Слишком поздно. Повторите запрос.",
    used: "Это уже было нажато.",
  },
  outcome: { succeeded: "Удалось", failed: "Не удалось", refused: "Отказано", unknown: "Неизвестно" },
};

export const BOT_TEXTS: Readonly<Record<BotLanguage, BotTexts>> = { en: EN, ru: RU };
