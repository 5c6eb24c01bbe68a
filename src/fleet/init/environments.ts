import type { InitFacts } from "./facts.ts";
import { type Page, quoted } from "./page.ts";

/** Words by which files of variables name an environment. */
const STAGING = /(?:^|[./_-])(?:staging|stage|stg)(?:[./_-]|$)/i;
const PRODUCTION = /(?:^|[./_-])(?:production|prod|live)(?:[./_-]|$)/i;

type Composed = Readonly<{ fleet: string; profiles: readonly string[]; file: string }>;

/** Those that Compose finds by itself. */
const FOUND = /^(?:docker-)?compose\.ya?ml$/;

/** Staging and production, with the branches and files of variables that are there. */
export function planEnvironments(
  page: Page,
  facts: InitFacts,
  { services, target }: Readonly<{ services: ReadonlyMap<string, string>; target: Composed | null }>,
): void {
  const has = (...names: readonly string[]) => names.find((name) => facts.branches.includes(name));
  const main = has("main", "master", "trunk");
  const develop = has("develop", "dev", "development", "staging") ?? main;
  page.line(1, "staging:");
  writeBranch(page, "staging", develop);
  // Two environments in one project would share its databases and its networks.
  if (target !== null) writeTarget(page, `${target.fleet}-staging`, target);
  page.line(2, "listen: 8081");
  writeVariables(page, "staging", { files: facts.variableFiles.filter((file) => STAGING.test(file)), services });
  page.line(1, "production:");
  writeBranch(page, "production", main);
  page.line(2, "after: staging");
  if (target !== null) writeTarget(page, target.fleet, target);
  page.line(2, "approval: { confirmations: 1 }");
  page.line(2, "listen: 8080");
  writeVariables(page, "production", { files: facts.variableFiles.filter((file) => PRODUCTION.test(file)), services });
}

function writeTarget(page: Page, project: string, { profiles, file }: Composed): void {
  const named = FOUND.test(file) ? "" : `, files: [${quoted(file)}]`;
  const switched = profiles.length === 0 ? "" : `, profiles: [${profiles.map(quoted).join(", ")}]`;
  page.line(2, `target: { kind: compose, project: ${quoted(project)}${named}${switched} }`);
}

function writeBranch(page: Page, environment: string, branch: string | undefined): void {
  if (branch === undefined) page.ask(2, environment, "which branch is deployed here? For example: branch: main");
  else page.line(2, `branch: ${branch}`);
}

type Files = Readonly<{ files: readonly string[]; services: ReadonlyMap<string, string> }>;

function writeVariables(page: Page, environment: string, { files, services }: Files): void {
  const templates = [...new Set(files.flatMap((file) => template(file, services) ?? []))];
  // The shared ones first: later ones win.
  const order = templates.toSorted(
    (a, b) => Number(a.includes("{service}")) - Number(b.includes("{service}")) || (a < b ? -1 : 1),
  );
  if (order.length > 0) {
    page.line(2, `variables: [${order.map(quoted).join(", ")}]`);
    return;
  }
  const example = `variables: [env/${environment}.env, "env/${environment}/{service}.env"]`;
  page.ask(2, environment, `where are its variables? For example: ${example}`);
}

/** `services/blog/.env.staging` → `services/{service}/.env.staging`; null for a file of a service that no template can name. */
function template(file: string, services: ReadonlyMap<string, string>): string | null {
  for (const [name, path] of services) {
    if (path !== "." && file.startsWith(`${path}/`)) {
      return path.split("/").at(-1) === name
        ? `${path.slice(0, -name.length)}{service}${file.slice(path.length)}`
        : null;
    }
    if (
      file
        .split("/")
        .at(-1)
        ?.replace(/\.env(?:\.age)?$/, "") === name
    ) {
      const at = file.lastIndexOf(name);
      return `${file.slice(0, at)}{service}${file.slice(at + name.length)}`;
    }
  }
  return file;
}
