import type { Generated } from "kysely";

export type Tables = {
  countries: { code: string; name: string };
  cities: { id: Generated<string>; country_code: string; name: string; latitude: number; longitude: number };
  places: {
    id: Generated<string>;
    city_id: string;
    name: string;
    kind: string;
    latitude: number;
    longitude: number;
    content_id: string | null;
    author_id: string;
    created_at: Generated<Date>;
  };
};
