import type { Service } from "../fleet/fleet.ts";
import { FURTHER } from "../fleet/init/compose-facts.ts";
import type { ComposeService } from "./project.ts";
import { list, table } from "./values.ts";

/** Images are built as the fleet file says: where the compose file says something else, it is told. */
export function otherBuild(service: ComposeService, { build: { image } }: Pick<Service, "build">): readonly string[] {
  const build = table(service.build);
  const { target: stage } = build;
  const platforms = list(build.platforms);
  const platform = platforms.length === 1 ? platforms[0] : service.platform;
  const further = Object.keys(build).filter((key) => FURTHER.has(key));
  const notes: string[] = [];
  if (typeof stage === "string" && stage !== image.stage) {
    const own = image.stage ?? "the last stage";
    notes.push(`its image ends with ${own}, the compose file says ${stage}: build: { stage: ${stage} }`);
  }
  if (typeof platform === "string" && platform !== image.platform) {
    const own = image.platform ?? "the processor of whoever builds it";
    notes.push(`its image is for ${own}, the compose file says ${platform}: build: { platform: ${platform} }`);
  }
  if (further.length > 0)
    notes.push(`its image is built without what the compose file's build says: ${further.join(", ")}`);
  return notes;
}
