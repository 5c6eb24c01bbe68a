/** What a repository says by itself, so that the fleet file need not. Paths are relative to the root, with forward slashes. */
export type Found = Readonly<{
  packageManager: "pnpm" | "npm" | "yarn" | null;
  /** By path; the root itself is ".". */
  folders: ReadonlyMap<string, FoundFolder>;
  /** Paths that were asked for and are no folders inside the repository. */
  missing: ReadonlySet<string>;
}>;

export type FoundFolder = Readonly<{
  path: string;
  /** Its package.json; null when there is none. */
  package: FoundPackage | null;
  dockerfile: boolean;
  /** EXPOSE of the last stage of the Dockerfile. */
  ports: readonly number[];
  /** Names in .env.example, in its order; null when there is none. */
  variables: readonly string[] | null;
  /** Folder of `*.up.sql` files, relative to this one. */
  migrations: string | null;
  /** OpenAPI file, relative to this one. */
  contract: string | null;
}>;

export type FoundPackage = Readonly<{
  name: string;
  scripts: Readonly<Record<string, string>>;
  dependencies: readonly string[];
}>;

export const nothingFound: Found = { packageManager: null, folders: new Map(), missing: new Set() };

/** The folders that a service of this name may mean: by package name first, then by the folder's own name. */
export function foldersByName(found: Found): (service: string) => readonly FoundFolder[] {
  const byPackage = new Map<string, FoundFolder[]>();
  const byFolder = new Map<string, FoundFolder[]>();
  for (const folder of found.folders.values()) {
    if (folder.package !== null) add(byPackage, serviceName(unscoped(folder.package.name)), folder);
    add(byFolder, serviceName(folder.path.split("/").at(-1) ?? ""), folder);
  }
  return (service) => {
    const named = byPackage.get(serviceName(service)) ?? byFolder.get(serviceName(service)) ?? [];
    // A workspace is often called as one of its packages.
    return named.length > 1 ? named.filter(({ path }) => path !== ".") : named;
  };
}

export const unscoped = (packageName: string): string => packageName.replace(/^@[^/]*\//, "");

/** `atlas-service` and `atlas_service` are what people call atlas. */
export const serviceName = (name: string): string => name.replace(/[-_]service$/, "") || name;

function add(map: Map<string, FoundFolder[]>, key: string, folder: FoundFolder): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [folder]);
  else list.push(folder);
}
