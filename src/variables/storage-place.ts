import { posix } from "node:path";
import { canonicalHosts } from "./canonical-host.ts";
import type { Dsn } from "./dsn.ts";
import type { Place } from "./place.ts";

const AWS_PATH_STYLE = /^s3[.-]?(?:dualstack\.)?(?:[a-z0-9-]+\.)?(?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?(?::\d+)?$/;
const AWS_VIRTUAL_HOST = /^(.+?)\.s3[.-](?:[a-z0-9.-]*\.)?amazonaws\.com(?:\.cn)?(?::\d+)?$/;
const GOOGLE_VIRTUAL_HOST = /^(.+)\.storage\.googleapis\.com(?::\d+)?$/;

/** A bucket of an object store, whichever way it is written. Null: not one that is known by its address. */
export function readBucket(dsn: Dsn): Place | null {
  const host = dsn.hosts.toLowerCase();
  const rest = trimmed(dsn.path);
  const endpoint = dsn.query.get("endpoint") ?? dsn.query.get("endpoint_url") ?? null;
  switch (dsn.scheme) {
    case "s3":
    case "s3a":
      return bucket("s3", joined(host, rest), endpoint);
    case "gs":
    case "gcs":
      return bucket("gs", joined(host, rest), endpoint);
    case "azblob":
    case "az":
      return bucket("azure-blob", joined(host, rest), endpoint);
    case "http":
    case "https":
      break;
    default:
      return null;
  }
  const aws = AWS_VIRTUAL_HOST.exec(host);
  if (aws !== null) return bucket("s3", joined(aws[1] ?? "", rest), null);
  if (AWS_PATH_STYLE.test(host)) return rest === "" ? null : bucket("s3", rest, null);
  const google = GOOGLE_VIRTUAL_HOST.exec(host);
  if (google !== null) return bucket("gs", joined(google[1] ?? "", rest), null);
  if (host === "storage.googleapis.com") return rest === "" ? null : bucket("gs", rest, null);
  const azure = /^([a-z0-9]+)\.blob\.core\.windows\.net$/.exec(host);
  if (azure !== null) return rest === "" ? null : bucket("azure-blob", joined(azure[1] ?? "", rest), null);
  return null;
}

/** Path style on a server of one's own: `http://minio:9000/media`. Null without a path: an endpoint is no bucket. */
export function readOwnStorage(dsn: Dsn): Place | null {
  const path = trimmed(dsn.path);
  if (path === "") return null;
  const { hosts, local } = canonicalHosts(dsn.hosts, dsn.scheme === "https" ? 443 : 80);
  return { holds: "storage", engine: "s3", hosts, path, local };
}

/** The same bucket by a client that is told its endpoint. */
export function bucket(engine: string, path: string, endpoint: string | null): Place {
  const match = endpoint === null ? null : /^(?:(https?):\/\/)?([^/?#]+)/i.exec(endpoint);
  const server = match?.[2];
  if (server === undefined || /(^|\.)amazonaws\.com(\.cn)?$/i.test(server)) {
    return { holds: "storage", engine, hosts: [], path: trimmed(path), local: false };
  }
  const { hosts, local } = canonicalHosts(server, match?.[1]?.toLowerCase() === "http" ? 80 : 443);
  return { holds: "storage", engine, hosts, path: trimmed(path), local };
}

/** A folder or a database file. `base` is what a relative path starts from. */
export function readFolder(path: string, base: string): Place {
  const resolved = posix.isAbsolute(path) ? posix.normalize(path) : posix.join("/", base, path);
  return {
    holds: "storage",
    engine: "file",
    hosts: [],
    path: resolved.length > 1 ? resolved.replace(/\/$/, "") : resolved,
    local: true,
  };
}

const joined = (first: string, rest: string): string => trimmed(`${first}/${rest}`);

const trimmed = (path: string): string => path.replaceAll(/\/{2,}/g, "/").replaceAll(/^\/|\/$/g, "");
