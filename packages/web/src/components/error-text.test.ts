import { ERRORS, SERVER_NAME_RULE } from "@muster/core";
import type { ErrorCode } from "@muster/core";
import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { ApiError } from "../api/api-error.ts";
import { en } from "../i18n/en.ts";
import { LANGUAGES } from "../i18n/language.ts";
import { ru } from "../i18n/ru.ts";
import { errorText } from "./error-text.ts";
import { fieldText } from "./field-text.ts";

const texts = i18next.createInstance();
const TABLES = { en, ru };
const CODES = Object.keys(ERRORS) as ErrorCode[];

beforeAll(() =>
  texts.init({
    lng: "en",
    resources: { en: { translation: en }, ru: { translation: ru } },
    interpolation: { escapeValue: false },
    returnNull: false,
  }),
);

const fail = (code: string): ApiError => new ApiError({ code, message: "the hub's own words", status: 400 });

test.each(LANGUAGES)("every code of the catalogue has a sentence in %s", (language) => {
  const table: Readonly<Record<string, string>> = TABLES[language].error;
  for (const code of CODES) {
    expect(table[code]?.trim(), code).toBeTruthy();
    expect(errorText(fail(code), texts.getFixedT(language)), code).toBe(table[code]);
  }
});

test("the sentences in Russian are in Russian", () => {
  for (const code of CODES) expect(ru.error[code], code).toMatch(/[а-яё]{3}/i);
});

test("a code that is not in the texts shows the hub's own words", () => {
  for (const code of ["MADE_LATER", "page", "constructor"])
    expect(errorText(fail(code), texts.getFixedT("ru"))).toBe("the hub's own words");
});

test("what the hub says of an input is told in Russian", () => {
  const t = texts.getFixedT("ru");
  for (const sentence of [
    "is taken",
    "is taken by another server",
    "must have at least 12 characters",
    "must be 1 to 32 letters, digits, : . _ or -",
    "must be 1 to 64 of a-z, 0-9, dot, dash, underscore, in lower case",
    SERVER_NAME_RULE,
    "Too big: expected string to have <=256 characters",
    "Too small: expected string to have >=1 characters",
    "Too small: expected number to be >=1000",
    "Invalid input: expected string, received undefined",
  ])
    expect(fieldText(sentence, t), sentence).toMatch(/^[^a-z]*[а-яё]/i);
  expect(fieldText("must have at least 12 characters", t)).toBe("не менее 12 символов");
  expect(fieldText("at most 50 servers at once", t)).toBe("at most 50 servers at once");
});
