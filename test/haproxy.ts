import { spawnSync } from "node:child_process";

const PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Null: HAProxy is installed here. Otherwise the reason for which its tests are left out. */
export const noHaproxy: string | null =
  spawnSync("haproxy", ["-v"], { env: { PATH } }).status === 0
    ? null
    : "HAProxy is not installed here (Debian and Ubuntu: apt-get install haproxy)";
if (noHaproxy !== null) console.log(`skipped: what is tested with HAProxy, because ${noHaproxy}`);
