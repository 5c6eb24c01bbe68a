import type { Problem } from "../problem.ts";
import type { VariableReference } from "./reference.ts";

/** One entry of a service's configuration in one environment. */
export type Variable = Readonly<{
  name: string;
  /** Byte for byte what was written, or what its reference's command says: never interpolated, never run through a shell. */
  value: string;
  /** Never printed, journalled or passed in argv. */
  secret: boolean;
  /** Older revisions take the current value too: going back to a revoked password is an outage. */
  rotates: boolean;
  /** May be empty or missing. */
  optional: boolean;
  source: VariableSource;
  /** Null: the value is what was written. */
  reference: VariableReference | null;
}>;

export type VariableSource = Readonly<
  /** `file` is relative to the fleet's root. */
  | { kind: "file"; file: string; line: number }
  /** The compose file, relative to the fleet's root: its `environment` or `env_file`. */
  | { kind: "compose"; file: string }
  /** `name`: what the variable is called in the process's own environment. */
  | { kind: "process"; name: string }
>;

/** One name of a service's `.env.example`. */
export type Declared = Readonly<{
  name: string;
  file: string;
  line: number;
  column: number;
  secret: boolean;
  rotates: boolean;
  optional: boolean;
}>;

/** `file` is relative to the fleet's root. */
export type Left = Readonly<{ name: string; file: string; line: number }>;

export type ServiceVariables = Readonly<{
  environment: string;
  service: string;
  /** Sorted by name. */
  variables: readonly Variable[];
  /** In the order of `.env.example`; empty when there is none. */
  declared: readonly Declared[];
  /** Of shared files, what this service does not declare and is not handed. */
  left: readonly Left[];
  /** Nothing that stops a release: names that are set for this service and not declared. */
  hints: readonly Problem[];
}>;

export function describeSource(source: VariableSource): string {
  switch (source.kind) {
    case "file":
      return `${source.file}:${source.line}`;
    case "compose":
      return source.file;
    case "process":
      return `${source.name} of the process's environment`;
  }
}

/** What an instance is started with. The prototype is null: a variable may be called anything that a name may be. */
export function variableValues(variables: readonly Variable[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = Object.create(null);
  for (const variable of variables) values[variable.name] = variable.value;
  return values;
}
