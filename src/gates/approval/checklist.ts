/** What is to be true before a release: one thing each, with who may say so, or that Sampan itself finds it out. */
export type Checklist = Readonly<{
  /** Absolute path, for messages. */
  file: string;
  items: readonly ChecklistItem[];
}>;

export type ChecklistItem = Readonly<{
  id: string;
  text: Readonly<{ en: string; ru: string | null }>;
  /** Names of those who may confirm it; null: anybody. */
  by: readonly string[] | null;
  evidence: EvidenceKind;
  required: boolean;
  /** What Sampan finds out, with its evidence; null: a person's word. */
  automatic: Automatic | null;
  /** Where Sampan can say neither yes nor no, a person may; never against what was found. False for what is a person's anyway. */
  orPerson: boolean;
}>;

export type Automatic = Readonly<
  | { kind: AutomaticKind }
  /** It answers 2xx; or the command, run in the repository's root, exits with 0. */
  | { kind: "monitoring"; url: string }
  | { kind: "monitoring"; command: readonly string[] }
>;

export const AUTOMATIC = [
  "branch",
  "ci",
  "tests",
  "variables",
  "contracts",
  "migrations",
  "health",
  "rollback",
] as const;

export type AutomaticKind = (typeof AUTOMATIC)[number];

/** `link` an http(s) URL · `output` what a command printed · `file` a path · `none` the word is enough. */
export type EvidenceKind = "link" | "output" | "file" | "none";

/** In the language asked for where there is one. */
export const textOf = ({ text }: ChecklistItem, language: "en" | "ru"): string =>
  language === "ru" ? (text.ru ?? text.en) : text.en;
