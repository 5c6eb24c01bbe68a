import { GrowingFile } from "../../../io/growing-file.ts";

/** One ERROR that the scratch server logged, with the statement that met it. */
export type ServerError = Readonly<{
  database: string;
  role: string;
  code: string;
  message: string;
  statement: string;
}>;

/** The prefix that `serverErrors` reads; `log_line_prefix` of the scratch server. */
export const LOG_PREFIX = "%%|%d|%u|%e|";

const HEAD =
  /^%\|([^|]*)\|([^|]*)\|([^|]*)\|(ERROR|FATAL|STATEMENT|DETAIL|HINT|CONTEXT|QUERY|LOG|WARNING|NOTICE|LOCATION):\s+(.*)$/;

/** Takes a piece of the server's log apart. Pure. */
export function parseErrors(log: string): readonly ServerError[] {
  const found: { database: string; role: string; code: string; message: string; statement: string }[] = [];
  let last: "message" | "statement" | null = null;
  for (const line of log.split("\n")) {
    const [, database = "", role = "", code = "", level, text = ""] = HEAD.exec(line) ?? [];
    const open = found.at(-1);
    if (level === "ERROR") {
      found.push({ database, role, code, message: text, statement: "" });
      last = "message";
    } else if (level === "STATEMENT" && open !== undefined) {
      open.statement = text;
      last = "statement";
    } else if (level !== undefined) last = null;
    else if (line.startsWith("\t") && open !== undefined && last !== null) open[last] += `\n${line.slice(1)}`;
  }
  return found;
}

/** Where the log of the scratch server is now, and what it has said since. */
export class ServerLog {
  readonly #file: GrowingFile;

  constructor(path: string) {
    this.#file = new GrowingFile(path, 0);
  }

  mark(): number {
    return this.#file.end();
  }

  async since(mark: number): Promise<readonly ServerError[]> {
    const buffer = Buffer.alloc(64 * 1024);
    const pieces: Buffer[] = [];
    let position = mark;
    for (;;) {
      const { bytes, next } = await this.#file.read(position, buffer);
      if (bytes === 0) break;
      pieces.push(Buffer.from(buffer.subarray(0, bytes)));
      position = next;
    }
    return parseErrors(Buffer.concat(pieces).toString("utf8"));
  }
}
