/** Sums of the decimal text that the API gives amounts in: exact, in millionths of a dollar. */

/** "1.5" → 1500000n; amounts have six places at most. */
function millionths(amount: string): bigint {
  const [whole = "0", part = ""] = amount.split(".");
  return BigInt(whole) * 1_000_000n + BigInt(part.padEnd(6, "0").slice(0, 6));
}

export function total(amounts: string[]): string {
  const sum = amounts.map(millionths).reduce((a, b) => a + b, 0n);
  const digits = sum.toString().padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** As people read it: at least two places, no more zeros than that. */
export const dollars = (amount: string): string => {
  const [whole, part = ""] = amount.split(".");
  return `$${whole}.${part.replace(/0+$/, "").padEnd(2, "0")}`;
};
