import assert from "node:assert/strict";
import { test } from "node:test";
import { band } from "./distance.ts";

test("a band reaches as far north and south as the distance", () => {
  const { south, north } = band({ latitude: 13.75, longitude: 100.5 }, 111.195);
  assert.equal(Math.round(south * 1000), 12_750);
  assert.equal(Math.round(north * 1000), 14_750);
});

test("a band ends at the poles", () => {
  assert.deepEqual(band({ latitude: 89.9, longitude: 0 }, 1000).north, 90);
  assert.deepEqual(band({ latitude: -89.9, longitude: 0 }, 1000).south, -90);
});
