import type { Api, Operation } from "../model/api.ts";
import type { SchemaPair, SchemaPairs } from "../schema/schema-pairs.ts";
import type { Direction } from "../schema/view.ts";
import type { Finding } from "./finding.ts";

export type Both = Readonly<{ old: Api; next: Api; pairs: SchemaPairs /** `YYYY-MM-DD`. */; today: string }>;

export type Told = Finding & Readonly<{ direction: Direction }>;

export type OperationPair = Readonly<{ old: Operation; next: Operation }>;

/** Findings, and the schemas that lead to more. */
export type Part = Readonly<{ findings: readonly Told[]; schemas: readonly SchemaPair[] }>;

/** What was found of one operation. */
export type OperationFound = Part & Readonly<{ operation: string }>;
