import { expect, test } from "vitest";
import { disturbed } from "./sequences.ts";

const at = (last: string, increment = "1") => ({ "public.s": { last, increment } });

test("a sequence that is set back, or counts otherwise, is told; one that went on is not", () => {
  expect(disturbed(at("10"), at("12"))).toEqual([]);
  expect(disturbed(at("10"), {})).toEqual([]);
  expect(disturbed(at("10"), at("0"))).toEqual([
    "the sequence public.s is set back from 10 to 0: numbers are given twice",
  ]);
  expect(disturbed(at("-10", "-1"), at("-3", "-1"))[0]).toContain("is set back");
  expect(disturbed(at("10"), at("10", "10"))).toEqual(["the sequence public.s counts by 10, before by 1"]);
});
