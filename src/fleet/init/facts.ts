import type { Found, FoundFolder } from "../found.ts";
import type { ComposeFacts } from "./compose-facts.ts";

/** What `sampan init` saw in a repository; everything it decides, it decides from this. */
export type InitFacts = Readonly<{
  /** Of the root's package, else of its folder. */
  name: string;
  found: Found;
  /** Branches of the repository; empty where there is no git. */
  branches: readonly string[];
  /** Files that look like an environment's variables, relative to the root. */
  variableFiles: readonly string[];
  /** The compose file in the root; null: there is none that could be read. */
  compose: ComposeFacts | null;
  /** What of it could not be understood, one line each. */
  unreadCompose: readonly string[];
  /** By path: folders that may be services. */
  folders: readonly FolderFacts[];
}>;

export type FolderFacts = Readonly<{
  folder: FoundFolder;
  source: SourceFacts;
  contract: ContractFacts | null;
  /** argv of the Dockerfile's CMD or ENTRYPOINT, in its list form; null when there is none. */
  command: readonly string[] | null;
  /** PORT of .env.example. */
  port: number | null;
  /** Folders of migrations in a form that Sampan does not run. */
  otherMigrations: readonly string[];
}>;

/** What the service's own code says. */
export type SourceFacts = Readonly<{
  /** Where it listens, as `file:line`; null when nothing was seen. */
  listens: string | null;
  /** Paths of health endpoints, the likeliest first. */
  health: readonly string[];
  readsPort: boolean;
}>;

/** What the OpenAPI file says. */
export type ContractFacts = Readonly<{
  routes: readonly string[];
  health: readonly string[];
  /** Requests that need no parameters and no body, as the smoke gate writes them. */
  smoke: readonly string[];
}>;

export const nothingInSource: SourceFacts = { listens: null, health: [], readsPort: false };
