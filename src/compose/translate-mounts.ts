import type { ContainerSpec, Prerequisite } from "../fleet/container.ts";
import type { Json } from "../json.ts";
import type { ComposeProject, ComposeService } from "./project.ts";
import { same, type Told, told } from "./told.ts";
import { bytes, list, table, texts } from "./values.ts";

export type Mounts = Readonly<{
  hostConfig: Told;
  volumes: readonly Prerequisite[];
  files: ContainerSpec["files"];
  /** Named volumes that it may write into. */
  writes: readonly string[];
  /** What cannot be done, by key and reason. */
  refused: readonly (readonly [key: string, why: string])[];
}>;

/** Volumes, binds, tmpfs, secrets and configs. Asked for in the forms that Compose asks for them in. */
export function mountsOf(project: ComposeProject, service: ComposeService): Mounts {
  const binds: string[] = [];
  const mounts: Told[] = [];
  const volumes: Prerequisite[] = [];
  const writes: string[] = [];
  const refused: [string, string][] = [];
  for (const one of list(service.volumes)) {
    const { type, source, target, read_only: readOnly, volume, bind, tmpfs, consistency } = table(one);
    const from = String(source ?? "");
    const to = String(target ?? "");
    if (type === "volume" && source !== undefined) {
      const known = project.volumes[from];
      const name = known?.name ?? `${project.name}_${from}`;
      volumes.push(volumeOf(project, from, name));
      if (readOnly !== true) writes.push(from);
      const { nocopy, subpath } = table(volume);
      mounts.push(
        told({
          Type: "volume",
          Source: name,
          Target: to,
          ReadOnly: same(readOnly),
          VolumeOptions: told({ NoCopy: same(nocopy), Subpath: same(subpath) }),
        }),
      );
    } else if (type === "bind") {
      const { propagation, create_host_path: create, selinux } = table(bind);
      // The long form asks for a folder that must be there, the short one makes it.
      if (create !== true) {
        mounts.push(
          told({
            Type: "bind",
            Source: from,
            Target: to,
            ReadOnly: same(readOnly),
            Consistency: same(consistency),
            BindOptions: told({ Propagation: same(propagation) }),
          }),
        );
      } else {
        const modes = [readOnly === true ? "ro" : "rw", ...texts(selinux), ...texts(propagation)];
        binds.push(`${from}:${to}:${modes.join(",")}`);
      }
    } else if (type === "volume") {
      mounts.push(told({ Type: "volume", Target: to, ReadOnly: same(readOnly), VolumeOptions: {} }));
    } else if (type === "tmpfs") {
      const { size, mode } = table(tmpfs);
      const options = told({
        SizeBytes: size === undefined ? undefined : bytes(size),
        Mode: mode === undefined ? undefined : Number(mode),
      });
      mounts.push(
        told({
          Type: "tmpfs",
          Target: to,
          ReadOnly: same(readOnly),
          TmpfsOptions: Object.keys(options).length === 0 ? undefined : options,
        }),
      );
    } else refused.push(["volumes", `mounts of type ${String(type)} are not known`]);
  }
  const files: { path: string; content: string; mode: number }[] = [];
  for (const kind of ["secrets", "configs"] as const) {
    for (const one of list(service[kind])) {
      const source = String(table(one).source);
      const path = targetOf(kind, source, table(one).target);
      const from = project[kind][source] ?? {};
      if (typeof from.file === "string") {
        mounts.push({ Type: "bind", Source: from.file, Target: path, ReadOnly: true });
      } else if (kind === "configs" && typeof from.content === "string") {
        files.push({ path, content: from.content, mode: modeOf(table(one).mode) });
      } else {
        const what =
          from.environment === undefined ? "is somebody else's (external)" : "comes from a variable of the environment";
        refused.push([
          `${kind}.${source}`,
          `it ${what}, and only a file can be put into a container; name it as file: …`,
        ]);
      }
    }
  }
  const temporary = texts(service.tmpfs).map((text): [string, Json] => {
    const cut = text.indexOf(":");
    return cut < 0 ? [text, ""] : [text.slice(0, cut), text.slice(cut + 1)];
  });
  return {
    hostConfig: told({
      Binds: binds.length === 0 ? undefined : binds,
      Mounts: mounts.length === 0 ? undefined : mounts,
      Tmpfs: temporary.length === 0 ? undefined : Object.fromEntries(temporary),
    }),
    volumes,
    files,
    writes,
    refused,
  };
}

function targetOf(kind: "secrets" | "configs", source: string, target: unknown): string {
  if (typeof target !== "string" || target === "") return kind === "secrets" ? `/run/secrets/${source}` : `/${source}`;
  return target.startsWith("/") ? target : kind === "secrets" ? `/run/secrets/${target}` : `/${target}`;
}

/** Octal in the file, and printed as the number or as the text that it was. */
function modeOf(mode: unknown): number {
  if (mode === undefined || mode === null) return 0o444;
  return typeof mode === "number" ? mode : Number.parseInt(String(mode), 8);
}

function volumeOf(project: ComposeProject, key: string, name: string): Prerequisite {
  const { external, driver, driver_opts, labels } = table(project.volumes[key]);
  if (external === true) return { kind: "volume", name, create: null };
  return {
    kind: "volume",
    name,
    create: told({
      Driver: same(driver),
      DriverOpts: same(driver_opts),
      Labels: {
        ...(table(labels) as Told),
        "com.docker.compose.project": project.name,
        "com.docker.compose.volume": key,
      },
    }),
  };
}
