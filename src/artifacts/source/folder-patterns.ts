// Does a folder belong to a workspace, by patterns such as `services/*`, `packages/**`, `{a,b}/*` and `!**/test/**`?
// The last that fits decides.
export function workspaceFolders(patterns: readonly string[]): (folder: string) => boolean {
  const rules = patterns.flatMap((pattern) => {
    const wanted = !pattern.startsWith("!");
    return braces(tidy(wanted ? pattern : pattern.slice(1))).map((one) => ({ wanted, fits: toExpression(one) }));
  });
  return (folder) => rules.findLast((rule) => rule.fits.test(folder === "" ? "" : `${folder}/`))?.wanted ?? false;
}

const tidy = (pattern: string): string => pattern.replace(/^\.\//, "").replace(/\/+$/, "").replace(/^\.$/, "");

function braces(pattern: string): string[] {
  const found = /\{([^{}]*)\}/.exec(pattern);
  if (found === null) return [pattern];
  const [whole, inside = ""] = found;
  return inside
    .split(",")
    .flatMap((one) => braces(pattern.slice(0, found.index) + one + pattern.slice(found.index + whole.length)));
}

/** For a folder with a closing slash. */
function toExpression(pattern: string): RegExp {
  const segments = pattern === "" ? [] : pattern.split("/");
  const source = segments.map((one) => (one === "**" ? "(?:[^/]+/)*" : `${[...one].map(escaped).join("")}/`));
  return new RegExp(`^${source.join("")}$`);
}

const escaped = (character: string): string =>
  character === "*" ? "[^/]*" : character === "?" ? "[^/]" : character.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
