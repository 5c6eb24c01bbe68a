import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The process that listens on a TCP port of this machine; null where that cannot be seen (another user's, not Linux). */
export function portHolder(port: number): number | null {
  const inodes = new Set([...listeners("/proc/net/tcp", port), ...listeners("/proc/net/tcp6", port)]);
  if (inodes.size === 0) return null;
  for (const name of entries("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    for (const descriptor of entries(`/proc/${name}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${name}/fd/${descriptor}`))?.[1];
      if (inode !== undefined && inodes.has(inode)) return Number(name);
    }
  }
  return null;
}

const LISTENING = "0A";

function listeners(table: string, port: number): string[] {
  let text: string;
  try {
    text = readFileSync(table, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const here = local?.split(":")[1];
    return state === LISTENING && inode !== undefined && here !== undefined && Number.parseInt(here, 16) === port
      ? [inode]
      : [];
  });
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
