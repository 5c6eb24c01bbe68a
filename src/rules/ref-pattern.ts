/**
 * Does a branch or tag fit? `*` stands for anything but a slash, `**` for anything. By the places that the pattern reaches in the name, part
 * by part: nothing is tried twice, whatever the name is.
 */
export function fits(pattern: string, name: string): boolean {
  let reached: ReadonlySet<number> = new Set([0]);
  for (const part of pattern.split(/(\*+)/).filter((one) => one !== "")) {
    reached = /^\*+$/.test(part) ? spread(reached, name, part === "*") : step(reached, name, part);
  }
  return reached.has(name.length);
}

const step = (from: ReadonlySet<number>, name: string, part: string): ReadonlySet<number> =>
  new Set([...from].filter((at) => name.startsWith(part, at)).map((at) => at + part.length));

function spread(from: ReadonlySet<number>, name: string, stopsAtSlash: boolean): ReadonlySet<number> {
  const reached = new Set<number>();
  for (let at = 0; at <= name.length; at += 1) {
    const goesOn = reached.has(at - 1) && !(stopsAtSlash && name[at - 1] === "/");
    if (goesOn || from.has(at)) reached.add(at);
  }
  return reached;
}
