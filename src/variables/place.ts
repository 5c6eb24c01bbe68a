/** Where a variable points: a database, a queue, a storage or a namespace of a cluster, as data that can be compared. */
export type Place = Readonly<{
  holds: "database" | "queue" | "storage" | "namespace";
  /** `postgres`, `mysql`, `redis`, `amqp`, `s3`, `file`, …: two engines never share a place. */
  engine: string;
  /** `host:port` in canonical form, sorted. One in common is the same server. Empty for files and for storage without a server of its own. */
  hosts: readonly string[];
  /** Database, virtual host, bucket with prefix, folder, or namespace. */
  path: string;
  /** Means the machine that the instance runs on: another place on another machine. */
  local: boolean;
}>;

/** The same database, or the same or a nested storage. */
export function samePlace(a: Place, b: Place): boolean {
  if (a.engine !== b.engine) return false;
  if (a.hosts.length + b.hosts.length > 0 && !a.hosts.some((host) => b.hosts.includes(host))) return false;
  if (a.path === b.path) return true;
  return FOLDERS.has(a.engine) && (within(a.path, b.path) || within(b.path, a.path));
}

const FOLDERS: ReadonlySet<string> = new Set(["file", "s3", "gs", "azure-blob", "http"]);

const within = (inner: string, outer: string): boolean =>
  outer === "" ? inner === "" : inner.startsWith(outer.endsWith("/") ? outer : `${outer}/`);

/** For messages: without user and password. */
export const describePlace = (place: Place): string =>
  place.engine === "file"
    ? `folder ${place.path}`
    : `${place.engine} ${[place.hosts.join(","), place.path].filter((part) => part !== "").join("/")}`;
