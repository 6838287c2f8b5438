import { assertEquals } from "@std/assert";
import { axisTicks } from "../../src/plot/axis_ticks.ts";

Deno.test("axisTicks() marks round numbers between the ends", () => {
  const cases: [low: number, high: number, labels: string[]][] = [
    [0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]],
    [0, 6.45, ["0", "2", "4", "6"]],
    [2.9, 4.1, ["3", "3.5", "4"]],
    [0, 1234, ["0", "500", "1000"]],
    [-1, 1, ["-1", "-0.5", "0", "0.5", "1"]],
    [0, 3e-5, ["0", "0.00001", "0.00002", "0.00003"]],
  ];
  for (const [low, high, labels] of cases) {
    const ticks = axisTicks(low, high);
    assertEquals(ticks.map(({ label }) => label), labels);
    assertEquals(
      ticks.every(({ value, label }) => Math.abs(value - Number(label)) < 1e-9),
      true,
    );
  }
});
