import { expect, it } from "vitest";
import { neededOutside, outsideMissing } from "./needed-outside.ts";
import { parseProject } from "./project.ts";

const project = parseProject(
  JSON.stringify({
    name: "shop",
    services: {
      web: {
        networks: { default: null, proxy: null },
        volumes: [
          { type: "volume", source: "kept", target: "/kept" },
          { type: "volume", source: "theirs", target: "/theirs" },
          { type: "bind", source: "/r/made", target: "/made", bind: { create_host_path: true } },
          { type: "bind", source: "/r/strict", target: "/strict" },
        ],
        secrets: [{ source: "token" }],
        configs: [{ source: "rules" }, { source: "written" }],
      },
      alone: { network_mode: "none" },
    },
    networks: { default: { name: "shop_default" }, proxy: { name: "edge", external: true } },
    volumes: { kept: { name: "shop_kept" }, theirs: { name: "uploads", external: true } },
    secrets: { token: { file: "/r/token.txt" } },
    configs: { rules: { file: "/r/rules.conf" }, written: { content: "here" } },
  }),
);

it("a container needs what is somebody else's and what is mounted, and nothing that is made for it", () => {
  expect(neededOutside(project, "web")).toEqual([
    { kind: "network", name: "edge" },
    { kind: "volume", name: "uploads" },
    { kind: "file", name: "/r/strict" },
    { kind: "file", name: "/r/token.txt" },
    { kind: "file", name: "/r/rules.conf" },
  ]);
  expect(neededOutside(project, "alone")).toEqual([]);
});

it("what is missing is said with its service, and how it is made", () => {
  expect(outsideMissing("web", { kind: "network", name: "edge" })).toMatchObject({
    code: "network-missing",
    message: "services.web: the network edge is not there, and the compose file says that it is somebody else's",
    hint: "make it: docker network create edge",
  });
  expect(outsideMissing("web", { kind: "file", name: "/r/token.txt" })).toMatchObject({
    code: "file-missing",
    message: "services.web: /r/token.txt is to be mounted into it, and is not there",
  });
});
