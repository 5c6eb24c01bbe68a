/** On every image that Sampan builds; containers inherit them, so they are named apart from what Sampan writes on containers. */
export const LABEL = {
  fleet: "sampan.image.fleet",
  service: "sampan.image.service",
  /** Hash of the tree that it was made from: the same tree is not built twice. */
  tree: "sampan.image.tree",
  /** Git's id of the service's own folder: its migrations and smoke commands are read from there. */
  folder: "sampan.image.folder",
  source: "org.opencontainers.image.source",
  revision: "org.opencontainers.image.revision",
  version: "org.opencontainers.image.version",
  created: "org.opencontainers.image.created",
} as const;

/** By it a registry or an engine is asked for the image of a tree. */
export const treeTag = (hash: string): string => `tree-${hash.replace(/^sha256:/, "")}`;

/** What an image says of itself; null: Sampan has not built it. */
export type Birth = Readonly<{
  fleet: string;
  service: string;
  tree: string;
  folder: string;
  commit: string;
  version: string;
}>;

export function birthOf(labels: Readonly<Record<string, string>> | null | undefined): Birth | null {
  const of = (name: string): string => labels?.[name] ?? "";
  const birth = {
    fleet: of(LABEL.fleet),
    service: of(LABEL.service),
    tree: of(LABEL.tree),
    folder: of(LABEL.folder),
    commit: of(LABEL.revision),
    version: of(LABEL.version),
  };
  const whole = /^sha256:[0-9a-f]{64}$/.test(birth.tree) && /^[0-9a-f]{40,64}$/.test(birth.folder);
  return whole && /^[0-9a-f]{40,64}$/.test(birth.commit) ? birth : null;
}
