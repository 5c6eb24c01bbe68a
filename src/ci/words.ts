export type Env = Readonly<Record<string, string | undefined>>;

/** An empty variable is none. */
export const given = (env: Env, name: string): string | null => {
  const value = env[name];
  return value === undefined || value === "" ? null : value;
};

/** The rules of `git check-ref-format`: what breaks them is no branch and no tag, whoever says so. */
export const refName = (name: string | null): string | null =>
  name !== null &&
  name.length > 0 &&
  name.length <= 250 &&
  !/^[-/.]|[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$/u.test(name) &&
  name !== "@"
    ? name
    : null;

/** Of SHA-1 or SHA-256; all zeros stand for no commit. */
export const commitId = (text: unknown): string | null =>
  typeof text === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) && !/^0+$/.test(text) ? text : null;

/** An address of http or https, without what follows the path and without a slash at its end. */
export function address(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") return null;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

export const digits = (text: string | null): string | null =>
  text !== null && /^[0-9]{1,20}$/.test(text) ? text : null;
