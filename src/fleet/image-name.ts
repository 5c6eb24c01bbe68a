/** An image's name as Docker reads it, without tag and digest. */
export type ImageName = Readonly<{
  /** `registry.example:5000`; what names none is Docker Hub's, `docker.io`. */
  registry: string;
  /** `shop/blog`. */
  repository: string;
}>;

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;

/** Null: it is none, or it has a tag. The grammar is that of Docker's references. */
export function parseImageName(text: string): ImageName | null {
  if (text.length > 200) return null;
  const [first = "", ...rest] = text.split("/");
  const named = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const registry = named ? first : "docker.io";
  const path = named ? rest : [first, ...rest];
  if (named && !HOST.test(registry)) return null;
  if (path.length === 0 || !path.every((part) => COMPONENT.test(part))) return null;
  const library = !named && path.length === 1 ? "library/" : "";
  return { registry, repository: library + path.join("/") };
}

/** Where images go: `pushed` to the registry that the fleet file names, or kept in this machine's engine where it names none. */
export type ImagePlace = Readonly<{ name: string; pushed: boolean }>;

export const imagePlace = (fleet: Readonly<{ name: string; image: string | null }>, service: string): ImagePlace => ({
  name: fleet.image === null ? `${fleet.name}/${service}` : fleet.image.replaceAll("{service}", service),
  pushed: fleet.image !== null,
});
