import { chosenNames } from "../fleet/chosen-names.ts";
import type { ArtifactsAt } from "./artifact-kind.ts";
import type { Buildable } from "./source/source.ts";

export const chosenServices = ({ fleet, services }: Pick<ArtifactsAt, "fleet" | "services">): readonly Buildable[] =>
  chosenNames(fleet, services).flatMap((name) => fleet.services[name] ?? []);
