import type { Automatic } from "./checklist.ts";

/** What an automatic item says where the checklist does not say it in its own words. */
export const AUTOMATIC_TEXTS: Readonly<Record<Automatic["kind"], Readonly<{ en: string; ru: string }>>> = {
  branch: {
    en: "The commit is the branch's or the tag's that is deployed here, and it is up to date.",
    ru: "Код в ветке, из которой выкатывают, актуален.",
  },
  ci: { en: "The CI is green on this very commit.", ru: "CI для этого коммита завершился успешно." },
  tests: { en: "The services' tests pass.", ru: "Тесты сервисов проходят." },
  variables: {
    en: "All variables that .env.example asks for are set here, and point at nothing of another environment.",
    ru: "Все переменные из .env.example заданы для этого окружения и не указывают на чужие базы, очереди и хранилища.",
  },
  contracts: {
    en: "The API contracts break nobody who calls them.",
    ru: "API-контракты не ломают тех, кто ими пользуется.",
  },
  migrations: {
    en: "The migrations are compatible with both the old code and the new.",
    ru: "Миграции совместимы с обоими наборами кода: старым и новым.",
  },
  health: {
    en: "In the environment before this one the health checks pass.",
    ru: "В предыдущем окружении health-check проходит.",
  },
  rollback: {
    en: "There is a way back: the version before, its configuration and its schema.",
    ru: "Роллбэк возможен: предыдущая версия образа, конфигурации и схемы на месте.",
  },
  monitoring: { en: "The monitoring answers.", ru: "Мониторинг отвечает." },
};
