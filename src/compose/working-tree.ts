import type { ComposeProject, ComposeService } from "./project.ts";
import { list, table } from "./values.ts";

export type FromWorkingTree = Readonly<{
  /** Mounts that hold the service's own folder: they hide what its image has. */
  over: readonly string[];
  /** Other files and folders of the repository. */
  beside: readonly string[];
}>;

type Of = Readonly<{
  project: Pick<ComposeProject, "configs">;
  service: ComposeService;
  /** Absolute: the repository's. */
  root: string;
  /** The service's folder, relative to it. */
  path: string;
}>;

/** What a container would see of the working tree: it belongs to no commit, and no release or rollback changes it. Pure. */
export function fromWorkingTree({ project, service, root, path }: Of): FromWorkingTree {
  const binds = list(service.volumes).flatMap((one) => {
    const { type, source, target } = table(one);
    return type === "bind" ? [[String(source), String(target)] as const] : [];
  });
  const configs = list(service.configs).flatMap((one) => {
    const { source, target } = table(one);
    const { file } = table(project.configs[String(source)]);
    return typeof file === "string" ? [[file, String(target ?? `/${String(source)}`)] as const] : [];
  });
  const own = path === "." ? root : `${root}/${path}`;
  const over: string[] = [];
  const beside: string[] = [];
  for (const [source, target] of [...binds, ...configs]) {
    if (!within(source, root)) continue;
    const shown = `${source === root ? "." : `.${source.slice(root.length)}`} → ${target}`;
    (within(own, source) ? over : beside).push(shown);
  }
  return { over, beside };
}

const within = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}/`);
