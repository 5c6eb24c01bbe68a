import { urlVariable } from "../normalise.ts";
import type { ComposeFact } from "./compose-facts.ts";
import { type ComposedFleet, type ComposedService, composedFleet } from "./compose-services.ts";
import { planEnvironments } from "./environments.ts";
import type { FolderFacts, InitFacts } from "./facts.ts";
import { guessNeeds } from "./guess-needs.ts";
import { chooseServices, whyItListens } from "./is-service.ts";
import { asName, nameServices } from "./name-services.ts";
import { Page, quoted } from "./page.ts";

export type InitPlan = Readonly<{
  text: string;
  /** What could not be decided, for people; the same stands in the file beside what it is about. */
  undecided: readonly string[];
  /** Names of the services; none were found when empty. */
  services: readonly string[];
  /** Where there are none: what was seen, and why it is none. */
  left: readonly string[];
}>;

export const SAY_WHY = "say why, or declare requests";

/** A commented fleet file for a repository that has none. Pure: the same facts give the same file. */
export function planInit(facts: InitFacts): InitPlan {
  const composed = composedOf(facts);
  const { taken, left } = chooseServices(facts.folders);
  const services =
    composed === null
      ? nameServices(taken, facts.name)
      : new Map([...composed.services].map(([name, { folder }]) => [name, folder]));
  const guessed = guessNeeds(services);
  const needs = composed === null ? guessed.needs : new Map([...composed.needs]);
  const dropped = composed === null ? guessed.dropped : [];
  const page = new Page();
  page.comment(
    0,
    "What this repository deploys, and where. Written by sampan init from what it found; it is yours now.",
  );
  page.comment(0, "Lines that begin with #? are what it could not decide.");
  page.line(0, `fleet: ${quoted(asName(facts.name))}`);
  for (const path of composed === null ? left : [])
    page.ask(0, null, `${path === "." ? "the root" : path} was not taken for a service of its own`);
  for (const why of composed?.left ?? []) page.ask(0, null, why);
  if (composed === null && facts.compose !== null) {
    const { file } = facts.compose;
    const otherwise =
      "to run them as containers, give each its `compose:` name and environments target: { kind: compose }";
    page.ask(0, null, `${file} builds none of these services: they are taken for processes; ${otherwise}`);
  }
  for (const why of facts.unreadCompose) page.ask(0, null, why);
  if (composed !== null && composed.around.length > 0) {
    page.comment(
      0,
      `Of ${facts.compose?.file} besides, started when missing and otherwise left alone: ${composed.around.join(", ")}.`,
    );
  }
  page.blank();
  page.line(0, "services:");
  const routes = new Set<string>();
  for (const [name, service] of services) {
    const asks = dropped
      .filter(({ from }) => from === name)
      .map(({ to }) => `it seems to need ${to}, which needs it: a cycle`);
    const own = composed?.services.get(name) ?? null;
    const all = [...asks, ...(own?.asks ?? [])];
    writeService(page, { name, service, needs: needs.get(name) ?? [], asks: all, routes, own });
    page.blank();
  }
  page.comment(0, "Where they run. Production takes only what was verified in staging.");
  page.line(0, "environments:");
  planEnvironments(page, facts, {
    services: new Map([...services].map(([name, { folder }]) => [name, folder.path])),
    target:
      composed === null
        ? null
        : {
            fleet: asName(facts.name),
            profiles: composed.profiles,
            file: facts.compose?.file ?? "",
          },
  });
  return { ...page.done(), services: [...services.keys()], left: reasons(facts) };
}

/** The compose file says what the services are, wherever it builds any of them. */
function composedOf(facts: InitFacts): ComposedFleet | null {
  if (facts.compose === null) return null;
  const composed = composedFleet(facts.compose, new Map(facts.folders.map((one) => [one.folder.path, one])));
  return composed.services.size === 0 ? null : composed;
}

function reasons({ compose, folders }: InitFacts): readonly string[] {
  if (compose === null) return [];
  const { left } = composedFleet(compose, new Map(folders.map((one) => [one.folder.path, one])));
  const others = compose.services.filter(({ build }) => build === null);
  const images = others.map(({ name, image }) => `${name} (${image ?? "no image"})`).join(", ");
  return [...left, ...(others.length === 0 ? [] : [`not built here, but images of ${compose.file}: ${images}`])];
}

type Writing = Readonly<{
  name: string;
  service: FolderFacts;
  needs: readonly string[];
  asks: readonly string[];
  /** Taken by services before this one. */
  routes: Set<string>;
  /** What the compose file says of it. */
  own: ComposedService | null;
}>;

function writeService(page: Page, { name, service, needs, asks, routes, own }: Writing): void {
  const { folder, contract, source } = service;
  const fact = own?.fact ?? null;
  const why = listening(service, own);
  page.line(1, `${quoted(name)}:`);
  for (const ask of asks) page.ask(2, name, ask);
  page.line(2, `path: ${quoted(folder.path)}`);
  if (needs.length > 0) {
    if (fact === null) page.comment(2, "Guessed from its dependencies and variables.");
    page.line(2, `needs: [${needs.map(quoted).join(", ")}]`);
  }
  if (fact === null) writeStart(page, name, service);
  else {
    if (fact.name !== name) page.line(2, `compose: ${quoted(fact.name)}`);
    writeBuild(page, name, { path: folder.path, fact });
  }
  if (why === null) {
    const seen = own?.worker === true ? "the compose file names no port of it" : "nothing was seen that listens";
    page.ask(2, name, `${seen}: taken for a worker`);
    page.line(2, "port: none");
  } else {
    writePort(page, { name, service, why, fact });
    const found = (contract?.routes ?? []).filter((route) => !routes.has(route));
    if (found.length === 0 && fact?.ports.some(({ published }) => published !== null) === true) {
      writePublished(page, name, routes);
    } else writeRoutes(page, name, found);
    for (const route of contract?.routes ?? []) routes.add(route);
    const health = [...(fact?.health ? [fact.health] : []), ...(contract?.health ?? []), ...source.health][0];
    if (health === undefined) page.ask(2, name, "no health endpoint was seen: /health is assumed");
    page.line(2, `health: ${health ?? "/health"}`);
  }
  if (why !== null && contract !== null && contract.smoke.length > 0) {
    page.comment(2, "From the contract: requests that anybody may make. Keep those that prove something.");
    page.line(2, "smoke:");
    for (const request of contract.smoke) page.line(3, `- ${quoted(request)}`);
  } else {
    page.ask(2, name, `which requests prove that it works? For example: smoke: ["GET /… -> 200"]`);
    page.line(2, `smoke: { none: "${SAY_WHY}" }`);
  }
  writeMigrations(page, name, service);
  if (folder.contract !== null) page.line(2, `contract: ${quoted(folder.contract)}`);
}

/** Null: it is taken for a worker. */
function listening(service: FolderFacts, own: ComposedService | null): string | null {
  if (own !== null && own.fact.ports.length > 0) return "the compose file says so";
  return own?.worker === true ? null : whyItListens(service);
}

function writeStart(page: Page, name: string, { folder, command }: FolderFacts): void {
  if (folder.package?.scripts.start !== undefined) return;
  if (command === null) {
    page.ask(2, name, 'how is it started? For example: start: ["node", "dist/main.js"]');
    return;
  }
  page.ask(2, name, "is it started like this outside its container too?");
  page.line(2, `start: [${command.map((word) => JSON.stringify(word)).join(", ")}]`);
}

/** Where it is not a Dockerfile of the service's folder, for that folder. */
function writeBuild(page: Page, name: string, { path, fact }: Readonly<{ path: string; fact: ComposeFact }>): void {
  const context = fact.build ?? ".";
  const { further } = fact;
  if (further.includes("dockerfile_inline")) {
    const file = path === "." ? "Dockerfile" : `${path}/Dockerfile`;
    page.ask(2, name, `its Dockerfile stands in the compose file: write it into ${file}`);
  } else if (further.length > 0)
    page.ask(
      2,
      name,
      `the compose file builds its image with ${further.join(", ")}, which Sampan's build does not have`,
    );
  const written = (fact.dockerfile ?? "Dockerfile").split("/").filter((part) => part !== "" && part !== ".");
  const inside = path === "." ? "" : `${path}/`;
  const whole = [...(context === "." ? [] : context.split("/")), ...written].join("/");
  if (context !== path && context !== ".") {
    page.ask(2, name, `the compose file builds its image in ${context}; Sampan can do it in ${path} or in the root`);
    return;
  }
  if (written.includes("..") || !whole.startsWith(inside)) {
    page.ask(2, name, `its Dockerfile is ${whole}, which is not in ${path}: which one is to be used?`);
    return;
  }
  const dockerfile = whole.slice(inside.length);
  const args = Object.entries(fact.args).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const parts = [
    ...(context === path ? [] : ["context: repository"]),
    ...(dockerfile === "Dockerfile" ? [] : [`dockerfile: ${quoted(dockerfile)}`]),
    ...(fact.stage === null || fact.stage === "" ? [] : [`stage: ${quoted(fact.stage)}`]),
    ...(args.length === 0 ? [] : [`args: { ${args.join(", ")} }`]),
    ...(fact.platform === null ? [] : [`platform: ${quoted(fact.platform)}`]),
  ];
  if (parts.length > 0) page.line(2, `build: { ${parts.join(", ")} }`);
}

function writePort(
  page: Page,
  { name, service, why, fact }: Readonly<{ name: string; service: FolderFacts; why: string; fact: ComposeFact | null }>,
): void {
  const { folder, port, source } = service;
  page.comment(2, `It listens: ${why}.`);
  const ports =
    fact !== null && fact.ports.length > 0 ? [...new Set(fact.ports.map(({ target }) => target))] : folder.ports;
  if (ports.length > 1) page.ask(2, name, `which of its ports serves requests: ${ports.join(", ")}?`);
  const known = ports[0] ?? port;
  if (known !== null) page.line(2, `port: ${known}`);
  const readable = folder.package !== null && source.listens !== null;
  if (fact === null && readable && !source.readsPort)
    page.ask(2, name, "it does not seem to read PORT, which Sampan gives it");
}

/** What the compose file publishes is the router's from now on: the first of them has all requests, others those for a host. */
function writePublished(page: Page, name: string, routes: Set<string>): void {
  const first = !routes.has("/");
  routes.add("/");
  if (first) page.line(2, "routes: [/]");
  else {
    page.ask(2, name, "the router tells it from the others by a host: which one?");
    page.line(2, `routes: [{ host: ${name}.localhost }]`);
  }
}

function writeRoutes(page: Page, name: string, routes: readonly string[]): void {
  if (routes.length > 0) page.line(2, `routes: [${routes.map(quoted).join(", ")}]`);
  else page.ask(2, name, "what does the router send to it? For example: routes: [/v1/…]");
}

function writeMigrations(page: Page, name: string, { folder, otherMigrations }: FolderFacts): void {
  const url = urlVariable(folder);
  for (const other of otherMigrations) {
    page.ask(2, name, `${other} is not run by Sampan, which runs NNNN_name.up.sql and .down.sql`);
  }
  if (folder.migrations === null) return;
  if (url === "") {
    page.ask(
      2,
      name,
      `which variable holds the database's URL for ${folder.migrations}? For example: migrations: { url: DATABASE_URL }`,
    );
    page.line(2, "migrations: none");
    return;
  }
  page.line(2, `migrations: { dir: ${quoted(folder.migrations)}, url: ${url} }`);
}
