import type { Environment } from "../../fleet/fleet.ts";
import type { Language } from "../../language.ts";

type Standard = Readonly<{ id: string; en: string; ru: string; says: readonly string[] }>;

/** The rules of the deployment guide, in its order; what an environment cannot be asked by itself a person says. */
const itemsFor = ({ after, requires, contracts }: Pick<Environment, "after" | "requires" | "contracts">) =>
  [
    {
      id: "code-current",
      en: "The code in the branch that is deployed is up to date.",
      ru: "Код в ветке, из которой выкатывают, актуален.",
      says: ["automatic: branch"],
    },
    { id: "tests-pass", en: "The tests pass.", ru: "Тесты проходят.", says: ["automatic: tests"] },
    {
      id: "ci-green",
      en: "The CI has succeeded on this commit.",
      ru: "CI для этого коммита завершился успешно.",
      says: requires.includes("ci") ? ["automatic: ci"] : ["evidence: link"],
    },
    {
      id: "variables-set",
      en: ".env.example holds all variables that are needed, and they are set for this environment.",
      ru: ".env.example содержит все необходимые переменные, и для этого окружения они заданы.",
      says: ["automatic: variables"],
    },
    {
      id: "migrations-compatible",
      en: "The migrations are compatible with both the old code and the new.",
      ru: "Миграции совместимы с обоими наборами кода: старым и новым.",
      says: ["automatic: migrations"],
    },
    ...(contracts === "none"
      ? []
      : [
          {
            id: "contracts-kept",
            en: "The API contracts were checked.",
            ru: "API-контракты проверены.",
            says: ["automatic: contracts"],
          },
        ]),
    ...(after === null
      ? []
      : [
          {
            id: "healthy-before",
            en: `The health checks pass on ${after}.`,
            ru: `Health-check на ${after} проходит.`,
            says: ["automatic: health"],
          },
          {
            id: "tested-before",
            en: `The final tests on ${after} are done.`,
            ru: `Финальное тестирование на ${after} проведено.`,
            says: [],
          },
        ]),
    {
      id: "rollback-possible",
      en: "There is a way back: the version before, its configuration, and migrations that can be reversed or stay.",
      ru: "Роллбэк возможен: предыдущая версия образа и конфигурации на месте, миграции обратимы или совместимы назад.",
      says: ["automatic: rollback"],
    },
    {
      id: "release-confirmed",
      en: "The release is confirmed: it may go out.",
      ru: "Релиз подтверждён: его можно выкатывать.",
      says: [],
    },
  ] satisfies readonly Standard[];

const HEAD: Readonly<Record<Language, readonly string[]>> = {
  en: [
    "# What is to be true before a release. Automatic items are filled by Sampan, with what it found; the others a person confirms:",
    "#   sampan approve RELEASE --item ID --by NAME",
  ],
  ru: [
    "# Чек-лист релиза. Пункты automatic заполняет сам Sampan и показывает, что увидел; остальные подтверждает человек:",
    "#   sampan approve РЕЛИЗ --item ID --by ИМЯ",
  ],
};

const MONITORING: Readonly<Record<Language, readonly string[]>> = {
  en: ["  # Where your monitoring answers:"],
  ru: ["  # Где отвечает ваш мониторинг:"],
};

/** The standard checklist of an environment as a file; `language: null` keeps both, and each user reads their own. */
export function standardChecklist(
  environment: Pick<Environment, "after" | "requires" | "contracts">,
  language: Language | null,
): string {
  const shown: readonly Language[] = language === null ? ["en", "ru"] : [language];
  const items = itemsFor(environment).flatMap(({ id, en, ru, says }) => [
    `  - id: ${id}`,
    ...(language === null
      ? ["    text:", `      en: ${JSON.stringify(en)}`, `      ru: ${JSON.stringify(ru)}`]
      : [`    text: ${JSON.stringify(language === "ru" ? ru : en)}`]),
    ...says.map((line) => `    ${line}`),
  ]);
  const monitoring = [
    ...shown.flatMap((one) => MONITORING[one]),
    "  # - id: monitoring-answers",
    "  #   automatic: { monitoring: https://monitoring.example/-/ready }",
  ];
  return `${[...shown.flatMap((one) => HEAD[one]), "items:", ...items, ...monitoring].join("\n")}\n`;
}
