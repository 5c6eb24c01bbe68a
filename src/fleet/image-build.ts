/** How a service's image is built. */
export type ImageBuild = Readonly<{
  /** Relative to the service's folder. */
  dockerfile: string;
  /** What the Dockerfile can copy from. */
  context: "service" | "repository";
  /** Public: they stand in the image's history. */
  args: Readonly<Record<string, string>>;
  /** The stage that the image ends with; null: the Dockerfile's last. */
  stage: string | null;
  /** `linux/amd64`; null: this machine's. */
  platform: string | null;
}>;

type ImageBuildFile = Readonly<{
  dockerfile?: string | undefined;
  context?: "service" | "repository" | undefined;
  args?: Readonly<Record<string, string | number | boolean>> | undefined;
  stage?: string | undefined;
  platform?: string | undefined;
}>;

export function imageBuild({ dockerfile, context, args, stage, platform }: ImageBuildFile = {}): ImageBuild {
  const given: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(args ?? {})) given[name] = String(value);
  return {
    dockerfile: (dockerfile ?? "Dockerfile").replace(/^(?:\.\/)+/, ""),
    context: context ?? "service",
    args: given,
    stage: stage ?? null,
    platform: platform ?? null,
  };
}
