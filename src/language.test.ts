import { expect, it } from "vitest";
import { languageOf } from "./language.ts";

it.each([
  [{}, "en"],
  [{ LANG: "ru_RU.UTF-8" }, "ru"],
  [{ LANG: "ru" }, "ru"],
  [{ LANG: "run_RW" }, "en"],
  [{ LC_ALL: "", LANG: "ru_RU" }, "ru"],
  [{ LC_ALL: "C", LANG: "ru_RU" }, "en"],
  [{ LC_MESSAGES: "ru_RU", LANG: "en_US" }, "ru"],
] as const)("%j reads %s", (env, language) => {
  expect(languageOf(env)).toBe(language);
});
