import type { Proof } from "../src/migrations/prove/proof.ts";
import { type Measured, median, type Options, round } from "./figure.ts";

type Proving = Readonly<{ proofs: readonly Proof[] }>;

/** The proof of one more column: of one service's table, then of one table of each of the example fleet's six. */
export async function measureProve({ quick, say, fleets }: Options): Promise<Measured> {
  const found = (await fleets.used()).find(({ name }) => name === "go2asia");
  if (found === undefined) throw new Error("the example fleet is not there");
  const { sampan, commit } = found;
  await sampan("deploy", "staging");
  const runs: { services: number; command: number; proof: number; parts: Readonly<Record<string, number>> }[] = [];
  const measure = async (services: number): Promise<void> => {
    // The first builds what is new.
    await sampan("migrations", "prove", "staging");
    for (let run = 0; run < (quick ? 1 : 5); run += 1) {
      const { ms, stdout } = await sampan("migrations", "prove", "staging", "--anew", "--json");
      const { proofs } = JSON.parse(stdout) as Proving;
      const [first] = proofs;
      if (first === undefined || proofs.length !== services || proofs.some(({ verdict }) => verdict !== "passed"))
        throw new Error(`${proofs.length} of ${services} proven: ${stdout.slice(0, 3000)}`);
      const parts = Object.fromEntries(first.parts.map(({ part, took }) => [part, took]));
      runs.push({ services, command: round(ms), proof: first.took, parts });
      say(`${services}: ${round(ms)} ms, of it the proof ${first.took} ms: ${JSON.stringify(parts)}`);
    }
  };
  const next = { "user-auth": 3, points: 2, content: 3, atlas: 3, pulse: 4, blog: 3 } as const;
  const tables = {
    "user-auth": "users",
    points: "ledger",
    content: "items",
    atlas: "places",
    pulse: "events",
    blog: "articles",
  } as const;
  const column = async (...names: readonly (keyof typeof next)[]): Promise<void> => {
    const file = (name: keyof typeof next, way: string): string =>
      `services/${name}/migrations/${String(next[name]).padStart(4, "0")}_measured.${way}.sql`;
    await commit(
      Object.fromEntries(
        names.flatMap((name) => [
          [file(name, "up"), `alter table ${tables[name]} add column measured integer;\n`],
          [file(name, "down"), `alter table ${tables[name]} drop column measured;\n`],
        ]),
      ),
    );
  };
  await column("blog");
  await measure(1);
  await column("user-auth", "points", "content", "atlas", "pulse");
  await measure(6);
  const of = (services: number, what: "proof" | "command"): number =>
    round(median(runs.filter((run) => run.services === services).map((run) => run[what])) / 1000, 1);
  return {
    bench: "prove",
    figures: [
      { what: "the proof of one migration of one service: median", value: of(1, "proof"), unit: "s", bound: 10 },
      { what: "the whole command, its scratch server started", value: of(1, "command"), unit: "s", bound: null },
      { what: "of one migration of each of six services: median", value: of(6, "proof"), unit: "s", bound: 30 },
      { what: "the whole command for six", value: of(6, "command"), unit: "s", bound: null },
    ],
    detail: { runs },
  };
}
