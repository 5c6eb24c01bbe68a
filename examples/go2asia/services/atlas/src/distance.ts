import { type RawBuilder, sql } from "kysely";

export type Point = Readonly<{ latitude: number; longitude: number }>;

const EARTH_KM = 6371;
const KM_PER_DEGREE = 111.195;

/** Great-circle distance in kilometres from a point to a row's latitude and longitude. */
export const distanceFrom = (from: Point): RawBuilder<number> => sql<number>`
  ${2 * EARTH_KM} * asin(least(1, sqrt(
    power(sin(radians(places.latitude - ${from.latitude}::float8) / 2), 2) +
    cos(radians(${from.latitude}::float8)) * cos(radians(places.latitude)) *
    power(sin(radians(places.longitude - ${from.longitude}::float8) / 2), 2)
  )))`;

export type Band = Readonly<{ south: number; north: number }>;

/** The latitudes that can be within `km`: what an index can answer before any distance is computed. */
export function band(around: Point, km: number): Band {
  const degrees = km / KM_PER_DEGREE;
  return { south: Math.max(-90, around.latitude - degrees), north: Math.min(90, around.latitude + degrees) };
}
