import type { Document } from "../read/document.ts";
import { child, entriesOf, flagOf, itemsOf, type Node, type Spot, spotOf, textOf } from "../read/node.ts";
import type { Allowance, Api, Body, Operation, Reply, Requirement, Scheme } from "./api.ts";
import { headersOf, mediaOf, parametersOf, sunsetOf } from "./parameters-of.ts";
import { resolved } from "./resolved.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/** What a document promises. */
export function apiOf(document: Document): Api {
  const { root } = document;
  const base = basePath(root);
  const operations = new Map<string, Operation>();
  for (const [path, { node }] of entriesOf(child(root, "paths"))) {
    if (!path.startsWith("/")) continue;
    const whole = `${base}${path}`.replace(/(.)\/$/, "$1");
    for (const operation of operationsIn(document, {
      item: node,
      path: whole,
    })) {
      operations.set(`${operation.method} ${whole.replaceAll(/\{[^}]*\}/g, "{}")}`, operation);
    }
  }
  const webhooks = new Map<string, Operation>();
  for (const [name, { node }] of entriesOf(child(root, "webhooks"))) {
    for (const operation of operationsIn(document, { item: node, path: name }))
      webhooks.set(`${operation.method} ${name}`, operation);
  }
  return { document, operations, webhooks, schemes: schemesOf(document), allowed: allowancesOf(root) };
}

/** The path that every server of the document adds: `/v1` moved from there into the paths changes nothing for anybody. */
function basePath(root: Node): string {
  const paths = itemsOf(child(root, "servers")).map((server) => {
    const url = textOf(child(server, "url")) ?? "/";
    return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "").replace(/\/+$/, "");
  });
  const [first = ""] = paths;
  return first.includes("{") || !first.startsWith("/") || paths.some((path) => path !== first) ? "" : first;
}

type Item = Readonly<{ item: Node; path: string }>;

function operationsIn(document: Document, { item, path }: Item): readonly Operation[] {
  const its = resolved(document, item);
  if (its === null) return [];
  return METHODS.flatMap((method) => {
    const node = child(its, method);
    if (node?.kind !== "map") return [];
    return [
      operation(document, {
        node,
        shared: child(its, "parameters"),
        method: method.toUpperCase(),
        path,
        spot: spotOf(its, method),
      }),
    ];
  });
}

type Found = Readonly<{ node: Node; shared: Node | null; method: string; path: string; spot: Spot }>;

function operation(document: Document, { node, shared, method, path, spot }: Found): Operation {
  const own = child(node, "security");
  const security = own ?? child(document.root, "security");
  return {
    name: `${method} ${path}`,
    path,
    method,
    spot,
    parameters: parametersOf(document, [shared, child(node, "parameters")], path),
    body: bodyOf(document, child(node, "requestBody")),
    replies: repliesOf(document, child(node, "responses")),
    security: requirementsOf(security),
    securitySpot: own === null ? spotOf(document.root, "security") : spotOf(node, "security"),
    deprecated: flagOf(child(node, "deprecated")) === true,
    sunset: sunsetOf(node),
    id: textOf(child(node, "operationId")),
    callbacks: callbacksOf(document, child(node, "callbacks")),
  };
}

function bodyOf(document: Document, node: Node | null): Body | null {
  const its = resolved(document, node);
  if (its === null || node === null) return null;
  return { required: flagOf(child(its, "required")) === true, spot: its, media: mediaOf(child(its, "content")) };
}

function repliesOf(document: Document, node: Node | null): ReadonlyMap<string, Reply> {
  const found = new Map<string, Reply>();
  for (const [name, { key, node: reply }] of entriesOf(node)) {
    const its = resolved(document, reply);
    if (its === null || !/^(?:[1-5](?:\d\d|XX)|default)$/i.test(name)) continue;
    const status = name.toLowerCase() === "default" ? "default" : name.toUpperCase();
    const media = mediaOf(child(its, "content"));
    found.set(status, {
      status,
      spot: { file: reply.file, offset: key },
      media,
      headers: headersOf(document, child(its, "headers")),
    });
  }
  return found;
}

function requirementsOf(node: Node | null): readonly Requirement[] | null {
  const all = itemsOf(node).map(
    (one): Requirement =>
      new Map(
        entriesOf(one).map(([name, { node: scopes }]) => [name, itemsOf(scopes).map((scope) => textOf(scope) ?? "")]),
      ),
  );
  // `{}` among them: nothing is asked for, either.
  return all.length === 0 || all.some(({ size }) => size === 0) ? null : all;
}

function callbacksOf(document: Document, node: Node | null): ReadonlyMap<string, Operation> {
  const found = new Map<string, Operation>();
  for (const [name, { node: callback }] of entriesOf(node)) {
    for (const [, { node: item }] of entriesOf(resolved(document, callback))) {
      for (const one of operationsIn(document, { item, path: name })) found.set(`${one.method} ${name}`, one);
    }
  }
  return found;
}

function schemesOf(document: Document): ReadonlyMap<string, Scheme> {
  const found = new Map<string, Scheme>();
  for (const [name, { key, node }] of entriesOf(child(child(document.root, "components"), "securitySchemes"))) {
    const its = resolved(document, node);
    if (its === null) continue;
    const urls = entriesOf(child(its, "flows")).map(([flow, { node: at }]) => [
      flow,
      textOf(child(at, "authorizationUrl")),
      textOf(child(at, "tokenUrl")),
    ]);
    const words = ["type", "in", "name", "scheme", "openIdConnectUrl"].map((word) => textOf(child(its, word)));
    const says = JSON.stringify([...words, urls]).toLowerCase();
    found.set(name, { name, says, spot: { file: node.file, offset: key } });
  }
  return found;
}

function allowancesOf(root: Node): readonly Allowance[] {
  return itemsOf(child(root, "x-sampan-allow")).map((node) => ({
    change: textOf(child(node, "change")) ?? "",
    at: textOf(child(node, "at")),
    because: textOf(child(node, "because")) ?? "",
    spot: node,
  }));
}
