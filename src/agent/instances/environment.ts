import { dirname } from "node:path";
import { shortRevision } from "../../plan/observed.ts";
import type { InstanceRecord } from "../state/instances.ts";

/** By it an instance is recognised that was started but not recorded. */
export const INSTANCE_VARIABLE = "SAMPAN_INSTANCE";

/** All that an instance is given: its own variables, what every process needs, and who it is. Nothing else of ours. */
export function instanceEnvironment(
  record: Pick<InstanceRecord, "id" | "scope" | "service" | "release" | "revision" | "port">,
  variables: Readonly<Record<string, string>>,
  ours: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    HOME: ours.HOME ?? "/",
    NODE_ENV: "production",
    // The Node that Sampan runs on comes first, so that a script's own `node` is the one that `node` in `start` is.
    PATH: [dirname(process.execPath), ours.PATH ?? "/usr/local/bin:/usr/bin:/bin"].join(":"),
    ...variables,
    ...(record.port === null ? {} : { PORT: String(record.port), HOST: "127.0.0.1" }),
    SAMPAN_FLEET: record.scope.fleet,
    SAMPAN_ENVIRONMENT: record.scope.environment,
    SAMPAN_SERVICE: record.service,
    [INSTANCE_VARIABLE]: record.id,
    SAMPAN_RELEASE: record.release,
    SAMPAN_REVISION: shortRevision(record.revision),
    SAMPAN_ARTIFACT: record.revision.artifact,
  };
}
