/** Hides user names, passwords and tokens of URLs in a text; `git@host:path` has none. */
export const maskUrls = (text: string): string =>
  text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*(?:@[^\s/@'"]*)*@/gi, "$1***@")
    .replace(/(:\/\/[^\s?'"]*)\?[^\s'"]*/g, "$1?***");
