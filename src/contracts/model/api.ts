import type { Document } from "../read/document.ts";
import type { Node, Spot } from "../read/node.ts";

/** What a service promises: the part of its contract that others can come to rely on. */
export type Api = Readonly<{
  document: Document;
  /** By method and path, the names of the path's parameters left out: `GET /v1/users/{}`. */
  operations: ReadonlyMap<string, Operation>;
  /** What the service calls by itself, by method and name. */
  webhooks: ReadonlyMap<string, Operation>;
  schemes: ReadonlyMap<string, Scheme>;
  /** What is accepted of the next comparison, by whoever wrote the contract. */
  allowed: readonly Allowance[];
}>;

export type Operation = Readonly<{
  /** As people write it: `GET /v1/users/{id}`. */
  name: string;
  path: string;
  method: string;
  spot: Spot;
  /** By place and name: `query limit`, `path 0`. */
  parameters: ReadonlyMap<string, Parameter>;
  body: Body | null;
  /** By status: `200`, `4XX`, `default`. */
  replies: ReadonlyMap<string, Reply>;
  /** One of these is enough; null: nothing is asked for. */
  security: readonly Requirement[] | null;
  securitySpot: Spot;
  deprecated: boolean;
  /** `x-sunset`, as written: from that day on it may be gone. */
  sunset: string | null;
  id: string | null;
  /** By event and method. */
  callbacks: ReadonlyMap<string, Operation>;
}>;

export type Parameter = Readonly<{
  name: string;
  in: string;
  required: boolean;
  deprecated: boolean;
  sunset: string | null;
  spot: Spot;
  schema: Node | null;
  /** The media type of its value; null: it is written by `style`. */
  media: string | null;
  style: string;
  explode: boolean;
  allowEmpty: boolean;
  example: Node | null;
}>;

export type Body = Readonly<{ required: boolean; spot: Spot; media: ReadonlyMap<string, Media> }>;

export type Media = Readonly<{ name: string; schema: Node | null; spot: Spot }>;

export type Reply = Readonly<{
  status: string;
  spot: Spot;
  media: ReadonlyMap<string, Media>;
  /** By their names in small letters. */
  headers: ReadonlyMap<string, Header>;
}>;

export type Header = Readonly<{ name: string; required: boolean; schema: Node | null; spot: Spot }>;

/** All of these together: scopes by scheme. */
export type Requirement = ReadonlyMap<string, readonly string[]>;

/** What a security scheme is on the wire, in one line. */
export type Scheme = Readonly<{ name: string; says: string; spot: Spot }>;

/** `x-sampan-allow`: a change that is meant, and why. */
export type Allowance = Readonly<{ change: string; at: string | null; because: string; spot: Spot }>;
