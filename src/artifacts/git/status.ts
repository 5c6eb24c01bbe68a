export type Status = Readonly<{
  /** Null before the first commit. */
  head: string | null;
  /** `(detached)` when HEAD is. */
  branch: string | null;
  /** Does it follow another branch? */
  follows: boolean;
  /** Relative to the top of the repository. */
  dirty: readonly string[];
}>;

/** How many fields stand before the path in each kind of line of `git status --porcelain=v2 -z --no-renames`. */
const FIELDS: Readonly<Record<string, number>> = { "1": 8, u: 10, "?": 1 };

export function parseStatus(text: string): Status {
  let head: string | null = null;
  let branch: string | null = null;
  let follows = false;
  const dirty: string[] = [];
  for (const line of text.split("\0")) {
    if (line.startsWith("# branch.oid ")) head = line.slice("# branch.oid ".length);
    else if (line.startsWith("# branch.head ")) branch = line.slice("# branch.head ".length);
    else if (line.startsWith("# branch.upstream ")) follows = true;
    const fields = FIELDS[line.charAt(0)];
    if (fields !== undefined) dirty.push(line.split(" ").slice(fields).join(" "));
  }
  return { head: head === "(initial)" ? null : head, branch, follows, dirty };
}
