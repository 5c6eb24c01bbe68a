import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/temporary-repository.ts";
import { secretForms } from "../../../variables/secret-forms.ts";
import { searcher } from "../../leaks/needles.ts";
import { searchSaved } from "./search-saved.ts";

const SECRET = "s3cr3t-Value/of+Production";
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${"MIIEowIBAAKCAQEAu8Zx9a8c0yqGQ1nq2YbG0u3xY8yq9e7Jc1h8mI0nq3bq9r1x\n".repeat(4)}-----END RSA PRIVATE KEY-----\n`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tar = (files: Readonly<Record<string, string | Buffer>>): Buffer => {
  const top = join(folder, `tar-${Math.random()}`);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), content);
  }
  return execFileSync("tar", ["--sort=name", "-C", top, "-cf", "-", ...Object.keys(files)], { maxBuffer: 1e8 });
};

type Saved = Readonly<{ layers: readonly Buffer[]; history?: readonly object[]; config?: object }>;

/** As `docker save` writes it. */
const saved = ({ layers, history = [], config = {} }: Saved): Buffer =>
  tar({
    ...Object.fromEntries(layers.map((layer, at) => [`l${at}/layer.tar`, layer])),
    "c.json": JSON.stringify({ config, history }),
    "manifest.json": JSON.stringify([{ Config: "c.json", Layers: layers.map((_, at) => `l${at}/layer.tar`) }]),
  });

const known = new Set<string>();
const memory = { knows: async (name: string) => known.has(name), keep: async (name: string) => void known.add(name) };

async function search(bytes: Buffer): Promise<readonly string[]> {
  const needles = [...secretForms(SECRET)].map((form) => ({ name: "TOKEN", bytes: Buffer.from(form) }));
  const find = {
    search: searcher(needles),
    longest: Math.max(...needles.map((needle) => needle.bytes.length)),
    signal: AbortSignal.timeout(60_000),
  };
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  };
  const leaks = await searchSaved(pieces(), { find, memory });
  return leaks.map(({ file, line, what, layer }) =>
    [
      file,
      line,
      what.kind === "value" ? what.name : what.rule,
      layer === null ? "" : `${layer.number}/${layer.of} ${layer.madeBy}`,
    ].join("|"),
  );
}

describe("searchSaved", () => {
  beforeEach(() => known.clear());

  it("finds nothing in an image that holds nothing", async () => {
    expect(await search(saved({ layers: [tar({ "app/x": "hello" }), Buffer.alloc(1024)] }))).toEqual([]);
  });

  it("looks into every layer, also for what a later one takes away, and says what made it", async () => {
    const image = saved({
      layers: [tar({ "etc/base": "x" }), tar({ "app/.env": `a\nTOKEN=${SECRET}\n` }), tar({ "app/.wh..env": "" })],
      history: [
        { created_by: "ADD base" },
        { created_by: "ENV A=1", empty_layer: true },
        { created_by: "COPY .env" },
        { created_by: "RUN rm" },
      ],
    });
    expect(await search(image)).toEqual(["/app/.env|2|TOKEN|2/3 COPY .env"]);
  });

  it("knows the values' encodings, in binary files, in names, and in layers that are packed", async () => {
    const layer = tar({
      "usr/bin/tool": Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from(Buffer.from(SECRET).toString("base64"))]),
      [`srv/${encodeURIComponent(SECRET)}`]: "x",
    });
    const image = saved({ layers: [gzipSync(layer)] });
    expect([...(await search(image))].sort()).toEqual([
      `/srv/${encodeURIComponent(SECRET)}||TOKEN|1/1 `,
      "/usr/bin/tool|1|TOKEN|1/1 ",
    ]);
  });

  it("looks at the configuration and its history", async () => {
    const image = saved({
      layers: [],
      config: { Env: [`T=${SECRET}`] },
      history: [{ created_by: `RUN x ${SECRET}`, empty_layer: true }],
    });
    expect(await search(image)).toEqual(["its configuration or history||TOKEN|"]);
  });

  it("finds what looks like a secret among the service's own files, and not among those of a distribution", async () => {
    const own = tar({ "app/key.pem": KEY, "usr/share/doc/key.pem": KEY, "app/node_modules/x/test/key.pem": KEY });
    expect(await search(saved({ layers: [own] }))).toEqual(["/app/key.pem|1|privatekey|1/1 "]);
  });

  it("remembers layers that were clean, and only those", async () => {
    const image = saved({ layers: [tar({ "a/b": "clean" }), tar({ "a/c": SECRET })] });
    expect(await search(image)).toHaveLength(1);
    expect([...known]).toEqual(["l0/layer.tar"]);
    expect(await search(image)).toHaveLength(1);
  });
});
