import { Failure } from "@go2asia/service-kit/failure";
import type { Kysely } from "kysely";
import { band, distanceFrom, type Point } from "./distance.ts";
import type { Tables } from "./tables.ts";

export type Search = Readonly<{
  name?: string | undefined;
  cityId?: string | undefined;
  near?: (Point & { km: number }) | undefined;
  limit: number;
}>;

export type NewPlace = Readonly<{
  cityId: string;
  name: string;
  kind: string;
  latitude: number;
  longitude: number;
  contentId?: string | undefined;
}>;

const shown = [
  "places.id",
  "places.name",
  "places.kind",
  "places.latitude",
  "places.longitude",
  "places.city_id as cityId",
  "places.content_id as contentId",
] as const;

export class Places {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  /** By the beginning of any word of the name, by city, by distance; nearest first when there is a point to be near to. */
  async search({ name, cityId, near, limit }: Search): Promise<readonly object[]> {
    let rows = this.#database.selectFrom("places").select(shown).limit(limit);
    if (name !== undefined) {
      const prefix = name.toLowerCase().replaceAll(/[\\%_]/g, "\\$&");
      rows = rows.where((is) => {
        const lower = is.fn<string>("lower", ["places.name"]);
        return is.or([is(lower, "like", `${prefix}%`), is(lower, "like", `% ${prefix}%`)]);
      });
    }
    if (cityId !== undefined) rows = rows.where("places.city_id", "=", cityId);
    if (near === undefined) return rows.orderBy("places.name").execute();
    const { south, north } = band(near, near.km);
    const km = distanceFrom(near);
    return rows
      .select(km.as("km"))
      .where("places.latitude", ">=", south)
      .where("places.latitude", "<=", north)
      .where(km, "<=", near.km)
      .orderBy("km")
      .execute();
  }

  get(id: string) {
    return this.#database.selectFrom("places").select(shown).where("id", "=", id).executeTakeFirst();
  }

  async add(place: NewPlace, authorId: string) {
    const city = await this.#database
      .selectFrom("cities")
      .select("id")
      .where("id", "=", place.cityId)
      .executeTakeFirst();
    if (city === undefined) throw new Failure(422, "no-city", "There is no such city.");
    const { cityId: city_id, contentId, ...rest } = place;
    return this.#database
      .insertInto("places")
      .values({ ...rest, city_id, content_id: contentId ?? null, author_id: authorId })
      .returning(shown)
      .executeTakeFirstOrThrow();
  }

  countries() {
    return this.#database.selectFrom("countries").select(["code", "name"]).orderBy("name").execute();
  }

  cities(country: string | undefined) {
    return this.#database
      .selectFrom("cities")
      .select(["id", "country_code as country", "name", "latitude", "longitude"])
      .$if(country !== undefined, (rows) => rows.where("country_code", "=", country ?? ""))
      .orderBy("name")
      .execute();
  }
}
