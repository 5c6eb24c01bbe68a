import { parse } from "yaml";
import type { ContractFacts } from "./facts.ts";
import { isHealthPath, likeliest } from "./source-facts.ts";

type Json = Readonly<Record<string, unknown>>;

const INTERNAL = /^\/(?:version|metrics|docs|openapi[^/]*|swagger[^/]*|api-docs)(?:\/|$)/;
const VERSION = /^(?:api|rest|v\d+)$/;
const MOST_ROUTES = 8;
const MOST_SMOKE = 3;

/** What an OpenAPI file says about routes, health and requests that anybody may make. Null: it cannot be understood. */
export function contractFacts(text: string): ContractFacts | null {
  const document = read(text);
  const paths = record(document?.paths);
  if (document === null || paths === null) return null;
  const base = basePath(document);
  const all = Object.keys(paths).filter((path) => path.startsWith("/"));
  const health = all.filter(isHealthPath);
  const own = all.filter((path) => !isHealthPath(path) && !INTERNAL.test(path));
  return {
    routes: prefixes(own.map((path) => base + path)),
    health: likeliest(health),
    smoke: own.flatMap((path) => request(document, path, base) ?? []).slice(0, MOST_SMOKE),
  };
}

function read(text: string): Json | null {
  try {
    return record(parse(text, { maxAliasCount: 100, uniqueKeys: false, logLevel: "silent" }));
  } catch {
    return null;
  }
}

const record = (value: unknown): Json | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : null;

/** The path of the first server: `/` or `/v1`, without a slash at its end. */
function basePath(document: Json): string {
  const servers = document.servers;
  const url = Array.isArray(servers) ? record(servers[0])?.url : document.basePath;
  if (typeof url !== "string" || url.includes("{")) return "";
  const path = url.replace(/^[a-z]+:\/\/[^/]*/i, "");
  return path.startsWith("/") ? path.replace(/\/+$/, "") : "";
}

/** The longest common beginning; where that is only a version, one word more of each. Empty: too many or none. */
export function prefixes(paths: readonly string[]): readonly string[] {
  const split = paths.map((path) => fixed(path.split("/").slice(1)));
  const first = split[0];
  if (first === undefined) return [];
  let common = 0;
  while (common < first.length && split.every((words) => words[common] === first[common])) common++;
  const shared = first.slice(0, common);
  if (!shared.every((word) => VERSION.test(word))) return [`/${shared.join("/")}`];
  const deeper = [...new Set(split.map((words) => words.slice(0, common + 1).join("/")))];
  const usable =
    deeper.length <= MOST_ROUTES && deeper.every((words) => words.split("/").length > common && words !== "");
  return usable ? deeper.map((words) => `/${words}`).sort() : [];
}

/** Up to the first parameter, and only of words that a route may have. */
function fixed(words: readonly string[]): readonly string[] {
  const end = words.findIndex((word) => !/^[A-Za-z0-9._~-]+$/.test(word));
  return end < 0 ? words : words.slice(0, end);
}

function request(document: Json, path: string, base: string): string | null {
  if (path.includes("{")) return null;
  const item = record(record(document.paths)?.[path]);
  const get = record(item?.get);
  if (get === null) return null;
  const parameters = [item?.parameters, get.parameters].flatMap((list) => (Array.isArray(list) ? list : []));
  if (parameters.some((one) => record(one)?.required === true || record(one)?.$ref !== undefined)) return null;
  const security = get.security ?? document.security;
  const guarded =
    Array.isArray(security) &&
    security.length > 0 &&
    security.every((one) => Object.keys(record(one) ?? {}).length > 0);
  const codes = Object.keys(record(get.responses) ?? {});
  const status = guarded ? codes.find((code) => code === "401") : codes.find((code) => /^2\d\d$/.test(code));
  if (status === undefined || endless(record(get.responses)?.[status])) return null;
  return `GET ${base}${path} -> ${status}`;
}

/** Streams and files are no smoke test: they may never end, or be large. */
function endless(answer: unknown): boolean {
  const types = Object.keys(record(record(answer)?.content) ?? {});
  return (
    types.length > 0 &&
    !types.some((type) => /json|^text\/(?:plain|html)/.test(type) && !/ndjson|json-seq|lines/.test(type))
  );
}
