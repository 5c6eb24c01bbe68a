export type Language = "en" | "ru";

/** The language of who sits there, as POSIX orders its variables: the first that is set says it, the others nothing. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  const said = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== "") ?? "";
  return /^ru(?:[_.@-]|$)/i.test(said) ? "ru" : "en";
}
