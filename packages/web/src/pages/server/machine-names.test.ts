import i18next from "i18next";
import { beforeAll, describe, expect, test } from "vitest";
import { en } from "../../i18n/en.ts";
import { ru } from "../../i18n/ru.ts";
import { machineNames } from "./machine-names.ts";

const texts = i18next.createInstance();

beforeAll(() =>
  texts.init({
    lng: "en",
    resources: { en: { translation: en }, ru: { translation: ru } },
    interpolation: { escapeValue: false },
    returnNull: false,
  }),
);

describe.each(["en", "ru"])("in %s", (language) => {
  const names = (virtualisation: string | null, container: string | null): readonly string[] =>
    machineNames({ virtualisation, container }, texts.getFixedT(language));
  const words = language === "en" ? en.machine : ru.machine;
  const fill = (text: string, kind: string): string => text.replace("{{kind}}", kind);

  test("bare metal and a hypervisor without a name are told in words", () => {
    expect(names("none", "none")).toEqual([words.hardware]);
    expect(names("other", "none")).toEqual([words.virtual]);
  });

  test("hypervisors and containers have their names", () => {
    expect(names("microsoft", "docker")).toEqual([fill(words.virtualOn, "Hyper-V"), fill(words.container, "Docker")]);
    expect(names("none", "lxc")).toEqual([fill(words.container, "LXC")]);
    expect(names("acrn", "rkt")).toEqual([fill(words.virtualOn, "acrn"), fill(words.container, "rkt")]);
  });

  test("what nobody knows is not told", () => {
    expect(names(null, null)).toEqual([]);
    expect(machineNames(null, texts.getFixedT(language))).toEqual([]);
  });
});
