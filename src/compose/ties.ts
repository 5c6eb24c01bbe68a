import type { ComposeService } from "./project.ts";
import { texts } from "./values.ts";

/** What a service has of one certain container of another: it would be lost when that container is replaced. */
export type Tie = Readonly<{ key: string; to: string; why: string }>;

export function tiesOf(service: ComposeService): readonly Tie[] {
  const shared = ["network_mode", "ipc", "pid"].flatMap((key): readonly Tie[] => {
    const to = /^(?:service|container):(.+)$/.exec(String(service[key] ?? ""))?.[1];
    return to === undefined ? [] : [{ key, to, why: `it lives in that of ${to}'s container, and ${LOST}` }];
  });
  const renamed = texts(service.links).flatMap((link): readonly Tie[] => {
    const [to = "", name = to] = link.split(":");
    const why = `${link} gives another name to a container; give ${to} an alias in its network`;
    return name === to ? [] : [{ key: "links", to, why }];
  });
  const mounted = texts(service.volumes_from).map((from): Tie => {
    const to = from.replace(/^container:/, "").replace(/:r[ow]$/, "");
    return {
      key: "volumes_from",
      to,
      why: `it has the volumes of ${to}'s container, and would lose them when that one is replaced; name the volumes themselves`,
    };
  });
  return [...shared, ...renamed, ...mounted];
}

const LOST = "would lose it when that one is replaced";
