/** What a Dockerfile takes from its context; `everything` where that cannot be told from its text alone. */
export type Copies = readonly string[] | "everything";

/**
 * The paths that COPY, ADD and bind mounts of RUN name, as written. What is copied from other stages or the network is not of the
 * context. More rather than less: a name with a variable or a pattern stands for all that it may mean.
 */
export function copiesOf(dockerfile: string): Copies {
  const paths = new Set<string>();
  for (const instruction of instructionsOf(dockerfile)) {
    const [, word = "", rest = ""] = /^\s*([A-Za-z]+)\s+(.*)$/s.exec(instruction) ?? [];
    const taken = takenBy(word.toUpperCase(), rest);
    if (taken === "everything") return "everything";
    for (const path of taken) paths.add(path);
  }
  return [...paths];
}

function takenBy(word: string, rest: string): Copies {
  if (word === "RUN") return mountsOf(rest);
  if (word === "ONBUILD") return /^\s*(?:COPY|ADD|RUN)\b/i.test(rest) ? "everything" : [];
  if (word !== "COPY" && word !== "ADD") return [];
  const [, flags = "", words = ""] = /^((?:--\S+\s+)*)(.*)$/s.exec(rest.trim()) ?? [];
  if (/--from=/.test(flags)) return [];
  const sources = wordsOf(words).slice(0, -1);
  const found: string[] = [];
  for (const source of sources) {
    if (source.startsWith("<<") || /^(?:https?:\/\/|git@|git:\/\/)/.test(source)) continue;
    if (source.includes("$")) return "everything";
    const path = source.replace(/^(?:\.?\/)+/, "");
    const plain = path.split("/").slice(
      0,
      path.split("/").findIndex((part) => /[*?[\\]/.test(part)),
    );
    const fixed = /[*?[\\]/.test(path) ? plain.join("/") : path.replace(/\/+$/, "");
    if (fixed === "" || fixed === ".") return "everything";
    found.push(fixed);
  }
  return found;
}

/** `RUN --mount=type=bind,source=…`: without a source it is the whole context. */
function mountsOf(rest: string): Copies {
  const found: string[] = [];
  for (const [, options = ""] of rest.matchAll(/--mount=(\S+)/g)) {
    const entries = new Map(options.split(",").map((one) => one.split("=", 2) as [string, string | undefined]));
    const type = entries.get("type") ?? "bind";
    if (type !== "bind" || entries.has("from")) continue;
    const source = (entries.get("source") ?? entries.get("src") ?? "").replace(/^(?:\.?\/)+/, "");
    if (source === "" || source === "." || source.includes("$")) return "everything";
    found.push(source);
  }
  return found;
}

function wordsOf(text: string): readonly string[] {
  if (text.trimStart().startsWith("[")) {
    try {
      const words: unknown = JSON.parse(text);
      if (Array.isArray(words)) return words.map(String);
    } catch {
      // Then it is not the list that it looks like.
    }
  }
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}

/** With continued lines joined, without comments and the bodies of here-documents. */
function instructionsOf(dockerfile: string): readonly string[] {
  const continues = /^\s*#\s*escape\s*=\s*`/im.test(dockerfile.split(/\r?\n/).slice(0, 5).join("\n")) ? "`" : "\\";
  const found: string[] = [];
  let current = "";
  let ends: string[] = [];
  for (const line of dockerfile.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (ends.length > 0) {
      if (line.replace(/^\t+/, "") === ends[0]) ends = ends.slice(1);
      continue;
    }
    if (/^\s*#/.test(line) || (current !== "" && line.trim() === "")) continue;
    const trimmed = line.trimEnd();
    if (trimmed.endsWith(continues)) {
      current += `${trimmed.slice(0, -1)} `;
      continue;
    }
    const whole = current + line;
    current = "";
    if (whole.trim() === "") continue;
    found.push(whole);
    if (/^\s*(?:RUN|COPY|ADD)\b/i.test(whole))
      ends = [...whole.matchAll(/<<-?\s*["']?([A-Za-z_]\w*)["']?/g)].map(([, end = ""]) => end);
  }
  if (current.trim() !== "") found.push(current);
  return found;
}
