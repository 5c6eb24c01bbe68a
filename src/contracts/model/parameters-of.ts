import type { Document } from "../read/document.ts";
import { child, entriesOf, flagOf, itemsOf, type Node, textOf } from "../read/node.ts";
import type { Header, Media, Parameter } from "./api.ts";
import { resolved } from "./resolved.ts";

/** Said elsewhere in a contract: OpenAPI has parameters of these names mean nothing. */
const SAID_ELSEWHERE = new Set(["accept", "content-type", "authorization"]);

/** The parameters of an operation, those of its path first, so that its own take their place. */
export function parametersOf(
  document: Document,
  lists: readonly (Node | null)[],
  path: string,
): ReadonlyMap<string, Parameter> {
  const places = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
  const found = new Map<string, Parameter>();
  for (const node of lists.flatMap(itemsOf)) {
    const its = resolved(document, node);
    const name = textOf(child(its, "name"));
    const where = textOf(child(its, "in"));
    if (its === null || name === null || where === null) continue;
    if (where === "header" && SAID_ELSEWHERE.has(name.toLowerCase())) continue;
    // What a path's parameter is called is nobody's business but the server's.
    const key =
      where === "path" ? `path ${places.indexOf(name)}` : `${where} ${where === "header" ? name.toLowerCase() : name}`;
    found.set(key, parameter(its, name, where));
  }
  return found;
}

function parameter(node: Node, name: string, where: string): Parameter {
  const [media, content] = entriesOf(child(node, "content"))[0] ?? [null, null];
  const style = textOf(child(node, "style")) ?? (where === "query" || where === "cookie" ? "form" : "simple");
  return {
    name,
    in: where,
    required: where === "path" || flagOf(child(node, "required")) === true,
    deprecated: flagOf(child(node, "deprecated")) === true,
    sunset: sunsetOf(node),
    spot: node,
    schema: content === null ? child(node, "schema") : child(content.node, "schema"),
    media,
    style,
    explode: flagOf(child(node, "explode")) ?? style === "form",
    example: exampleIn(node),
    allowEmpty: flagOf(child(node, "allowEmptyValue")) === true,
  };
}

/** Of a parameter: `example`, or the first of `examples`. */
function exampleIn(node: Node): Node | null {
  const [first] = entriesOf(child(node, "examples"));
  return child(node, "example") ?? child(first?.[1].node ?? null, "value");
}

export function mediaOf(content: Node | null): ReadonlyMap<string, Media> {
  return new Map(
    entriesOf(content).map(([name, { key, node }]) => [
      mediaName(name),
      { name: mediaName(name), schema: child(node, "schema"), spot: { file: node.file, offset: key } },
    ]),
  );
}

/** `application/json; charset=utf-8` is what `application/json` is. */
const mediaName = (name: string): string => name.split(";")[0]?.trim().toLowerCase() ?? name;

export function headersOf(document: Document, headers: Node | null): ReadonlyMap<string, Header> {
  const found = new Map<string, Header>();
  for (const [name, { key, node }] of entriesOf(headers)) {
    const its = resolved(document, node);
    if (its === null || name.toLowerCase() === "content-type") continue;
    found.set(name.toLowerCase(), {
      name,
      required: flagOf(child(its, "required")) === true,
      schema: child(its, "schema"),
      spot: { file: node.file, offset: key },
    });
  }
  return found;
}

export const sunsetOf = (node: Node): string | null => textOf(child(node, "x-sunset")) ?? textOf(child(node, "sunset"));
