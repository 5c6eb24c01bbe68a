/** Who wants in where, as a line of the file says it. */
export type Entry = Readonly<{ host: string; port: number; database: string; user: string }>;

/** The password that libpq's password file (`~/.pgpass`) has for it: `host:port:database:user:password`, `*` for any, the first line that fits. */
export function passwordFor(text: string, { host, port, database, user }: Entry): string | null {
  // A socket's folder stands there as localhost.
  const wanted = [host.startsWith("/") ? "localhost" : host, String(port), database, user];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const fields = fieldsOf(line);
    const password = fields[4];
    if (password !== undefined && wanted.every((value, at) => fields[at] === "*" || fields[at] === value))
      return password;
  }
  return null;
}

/** Colons and backslashes inside a field have a backslash before them; the password's colons need none. */
function fieldsOf(line: string): readonly string[] {
  const fields = [""];
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? "";
    if (character === ":" && fields.length < 5) fields.push("");
    else {
      if (character === "\\") at += 1;
      fields.push(`${fields.pop()}${character === "\\" ? (line[at] ?? "") : character}`);
    }
  }
  return fields;
}
