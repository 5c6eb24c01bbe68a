import { describe, expect, it } from "vitest";
import { parseProject } from "../compose/project.ts";
import { samePlace } from "../variables/place.ts";
import { pointsTo } from "../variables/points-to.ts";
import { placeOutside } from "./outside-containers.ts";

const project = (name: string, volumes: Record<string, unknown> = { media: { name: `${name}_media` } }) =>
  parseProject(
    JSON.stringify({
      name,
      services: {
        postgres: {},
        content: {
          extra_hosts: ["router=host-gateway"],
          volumes: [
            { type: "volume", source: "media", target: "/var/media" },
            { type: "bind", source: "/srv/shared", target: "/var/media/shared" },
          ],
        },
      },
      volumes,
    }),
  );

/** Do these mean the same, each in an environment of its own? */
const same = (value: string, [one, other] = [project("shop-staging"), project("shop-production")]): boolean => {
  const name = value.startsWith("file:") ? "STORAGE_URL" : "DATABASE_URL";
  const place = pointsTo({ name, value }, {});
  if (place === null) throw new Error(`${value} is no place`);
  return samePlace(placeOutside(place, one as never, "content"), placeOutside(place, other as never, "content"));
};

describe("a place that containers of two projects name", () => {
  it.each([
    ["a service of the compose file", "postgres://u:p@postgres:5432/app", false],
    ["the container itself", "redis://localhost:6379/0", false],
    ["a folder in a named volume", "file:///var/media/pictures", false],
    ["a folder that is mounted nowhere", "file:///tmp/pictures", false],
    ["a server elsewhere", "postgres://u:p@db.example.org:5432/app", true],
    ["a server on the machine", "postgres://u:p@router:5432/app", true],
    ["a folder of the machine", "file:///var/media/shared/pictures", true],
  ])("%s", (_, value, expected) => {
    expect(same(value)).toBe(expected);
  });

  it("is the same in a volume that both name as theirs", () => {
    const external = { media: { name: "media", external: true } };
    expect(same("file:///var/media", [project("a", external), project("b", external)])).toBe(true);
  });
});
