// Every part is bounded: a value may be any text, and long.
const AUTHORITY = /[a-z][a-z0-9+.-]{0,30}:\/\/([^\s/?#]{0,2000})@/gi;
/** A password that holds an unencoded / ? or #: no URL, but people write it. `host:8080/…@…` is none. */
const LENIENT = /[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/?#@]{0,200}:(?!\d{1,5}(?:[/?#]|$))(\S{0,2000})@/gi;
const PARAMETER =
  /(?:^|[?&;\s])(?:password|passwd|pwd|sslpassword|passphrase|secret|client_secret|token|access_token|auth_token|api_?key|sig|signature|accountkey|sharedaccesskey|x-amz-signature|secret_?access_?key)\s{0,4}=\s{0,4}(?:'((?:[^'\\]|\\.|''){0,2000})'|"([^"]{0,2000})"|([^\s&;#'"]{1,2000}))/gi;

/** The passwords inside a URL, a list of URLs or a keyword DSN, as written and decoded. */
export function passwordsIn(value: string): readonly string[] {
  const found = new Set<string>();
  const add = (password: string | undefined) => {
    if (password === undefined || password === "") return;
    found.add(password);
    found.add(percentDecoded(password));
  };
  for (const match of value.matchAll(AUTHORITY)) {
    const userinfo = match[1] ?? "";
    const colon = userinfo.indexOf(":");
    if (colon !== -1) add(userinfo.slice(colon + 1));
  }
  if (found.size === 0) for (const match of value.matchAll(LENIENT)) add(match[1]);
  for (const match of value.matchAll(PARAMETER)) {
    add(match[1]?.replaceAll(/\\(.)|'(')/gs, "$1$2") ?? match[2] ?? match[3]);
  }
  return [...found];
}

export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
