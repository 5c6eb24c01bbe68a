import { urlVariable } from "../normalise.ts";
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
}>;

export const SAY_WHY = "say why, or declare requests";

/** A commented fleet file for a repository that has none. Pure: the same facts give the same file. */
export function planInit(facts: InitFacts): InitPlan {
  const { taken, left } = chooseServices(facts.folders);
  const services = nameServices(taken, facts.name);
  const { needs, dropped } = guessNeeds(services);
  const page = new Page();
  page.comment(
    0,
    "What this repository deploys, and where. Written by sampan init from what it found; it is yours now.",
  );
  page.comment(0, "Lines that begin with #? are what it could not decide.");
  page.line(0, `fleet: ${quoted(asName(facts.name))}`);
  for (const path of left)
    page.ask(0, null, `${path === "." ? "the root" : path} was not taken for a service of its own`);
  page.blank();
  page.line(0, "services:");
  const routes = new Set<string>();
  for (const [name, service] of services) {
    const asks = dropped
      .filter(({ from }) => from === name)
      .map(({ to }) => `it seems to need ${to}, which needs it: a cycle`);
    writeService(page, { name, service, needs: needs.get(name) ?? [], asks, routes });
    page.blank();
  }
  page.comment(0, "Where they run. Production takes only what was verified in staging.");
  page.line(0, "environments:");
  planEnvironments(page, facts, new Map([...services].map(([name, { folder }]) => [name, folder.path])));
  return { ...page.done(), services: [...services.keys()] };
}

type Writing = Readonly<{
  name: string;
  service: FolderFacts;
  needs: readonly string[];
  asks: readonly string[];
  /** Taken by services before this one. */
  routes: Set<string>;
}>;

function writeService(page: Page, { name, service, needs, asks, routes }: Writing): void {
  const { folder, contract, source } = service;
  const why = whyItListens(service);
  page.line(1, `${quoted(name)}:`);
  for (const ask of asks) page.ask(2, name, ask);
  page.line(2, `path: ${quoted(folder.path)}`);
  if (needs.length > 0) {
    page.comment(2, "Guessed from its dependencies and variables.");
    page.line(2, `needs: [${needs.map(quoted).join(", ")}]`);
  }
  writeStart(page, name, service);
  if (why === null) {
    page.ask(2, name, "nothing was seen that listens: taken for a worker");
    page.line(2, "port: none");
  } else {
    writePort(page, { name, service, why });
    writeRoutes(
      page,
      name,
      (contract?.routes ?? []).filter((route) => !routes.has(route)),
    );
    for (const route of contract?.routes ?? []) routes.add(route);
    const health = [...(contract?.health ?? []), ...source.health][0];
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

function writeStart(page: Page, name: string, { folder, command }: FolderFacts): void {
  if (folder.package?.scripts.start !== undefined) return;
  if (command === null) {
    page.ask(2, name, 'how is it started? For example: start: ["node", "dist/main.js"]');
    return;
  }
  page.ask(2, name, "is it started like this outside its container too?");
  page.line(2, `start: [${command.map((word) => JSON.stringify(word)).join(", ")}]`);
}

function writePort(
  page: Page,
  { name, service, why }: Readonly<{ name: string; service: FolderFacts; why: string }>,
): void {
  const { folder, port, source } = service;
  page.comment(2, `It listens: ${why}.`);
  if (folder.ports.length > 1) page.ask(2, name, `which of its ports serves requests: ${folder.ports.join(", ")}?`);
  const known = folder.ports[0] ?? port;
  if (known !== null) page.line(2, `port: ${known}`);
  const readable = folder.package !== null && source.listens !== null;
  if (readable && !source.readsPort) page.ask(2, name, "it does not seem to read PORT, which Sampan gives it");
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
