import { expect, test } from "vitest";
import { dollars, total } from "./money";

test("amounts are added exactly", () => {
  expect(total(["0.1", "0.2", "0.000001"])).toBe("0.300001");
  expect(total(["12345678901234.5", "0.5"])).toBe("12345678901235.000000");
  expect(total([])).toBe("0.000000");
});

test("an amount has two places, and more only where they say something", () => {
  expect(dollars("0.500000")).toBe("$0.50");
  expect(dollars("12")).toBe("$12.00");
  expect(dollars("0.012500")).toBe("$0.0125");
});
