/** What a person confirms before a release: one thing each, with who may and what proves it. */
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
}>;

/** `link` an http(s) URL · `output` what a command printed · `file` a path · `none` the word is enough. */
export type EvidenceKind = "link" | "output" | "file" | "none";

/** In the language asked for where there is one. */
export const textOf = ({ text }: ChecklistItem, language: "en" | "ru"): string =>
  language === "ru" ? (text.ru ?? text.en) : text.en;
