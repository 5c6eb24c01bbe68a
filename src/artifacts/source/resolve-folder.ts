/** `path` seen from `folder`, both relative to the root with forward slashes; `""` is the root, null is above it. */
export function resolveFolder(folder: string, path: string): string | null {
  const segments: string[] = [];
  for (const segment of [...(path.startsWith("/") ? [] : folder.split("/")), ...path.split("/")]) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return null;
  }
  return path.startsWith("/") ? null : segments.join("/");
}
