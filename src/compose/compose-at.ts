import { join, relative } from "node:path";
import { type ComposeFacts, composeFacts } from "../fleet/init/compose-facts.ts";
import { processEnvironment } from "../io/environment.ts";
import { readBytesIfThere } from "../io/read-bytes.ts";
import { composeFilesIn, otherFilesIn, resolveCompose } from "./resolve.ts";
import { table } from "./values.ts";

export type ComposeFound = Readonly<{
  /** Null: there is no compose file that says anything. */
  compose: ComposeFacts | null;
  /** What of it could not be understood, one line each. */
  unread: readonly string[];
}>;

/**
 * The compose file in the root, for a proposal: by Compose's own word, so that what it extends, includes and overrides is in it; where
 * Compose refuses it or is not there, as the text that it is. Only `.env` gives it variables: this machine's are nobody else's.
 */
export async function composeAt(
  root: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<ComposeFound> {
  const found = composeFilesIn(root);
  const others = found.length > 0 ? [] : otherFilesIn(root);
  if (others.length > 1) {
    const named = "name those that an environment is to use: target: { kind: compose, files: […] }";
    return { compose: null, unread: [`${others.join(", ")} may be compose files; ${named}`] };
  }
  const files = [...found, ...others];
  const [file] = files;
  if (file === undefined) return { compose: null, unread: [] };
  const own = Object.entries(processEnvironment()).filter(([name]) => /^(?:PATH|HOME|DOCKER_\w+)$/.test(name));
  const signal = new AbortController().signal;
  const at = { root, files, project: null, profiles: ["*"], env: Object.fromEntries(own), signal };
  const resolved = await resolveCompose(at);
  const bytes = await readBytesIfThere(join(root, file), 1024 * 1024).catch(() => null);
  const text = new TextDecoder().decode(bytes ?? new Uint8Array());
  const written = composeFacts(file, text, variables);
  if ("project" in resolved) {
    const compose = composeFacts(file, placed(resolved.project.text, root));
    if (compose === null) return { compose, unread: [`${file} has no services`] };
    return { compose: { file, services: inOrder(compose.services, written) }, unread: [] };
  }
  const why = resolved.problems.map(({ message }) => message).join("; ");
  if (written === null) return { compose: null, unread: [`${file} could not be read, and says nothing here: ${why}`] };
  const refused = resolved.problems.some(({ code }) => code === "compose-refused");
  const more = files.length > 1 || /^include:|^\s+extends:|\bextends:/m.test(text);
  const left = more ? "; what it extends, includes or is overridden by is not in this proposal" : "";
  return { compose: written, unread: refused || more ? [`${file} was read as text: ${why}${left}`] : [] };
}

/** Compose prints them by their names; people have an order of their own. */
function inOrder(services: ComposeFacts["services"], written: ComposeFacts | null): ComposeFacts["services"] {
  const order = written?.services.map(({ name }) => name) ?? [];
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  return services.toSorted((a, b) => place(a.name) - place(b.name));
}

/** Compose prints folders from the root of the machine; here they are the repository's. */
function placed(text: string, root: string): string {
  const project = table(JSON.parse(text));
  const services = Object.entries(table(project.services)).map(([name, service]) => {
    const { build, ...rest } = table(service);
    if (build === undefined) return [name, rest];
    const { context, ...how } = table(build);
    const folder = String(context).startsWith("/") ? relative(root, String(context)) || "." : context;
    return [name, { ...rest, build: { ...how, context: folder } }];
  });
  return JSON.stringify({ ...project, services: Object.fromEntries(services) });
}
