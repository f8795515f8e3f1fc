/** A sum of money without what fractions leave behind: 0.1 and 0.2 are 0.3. */
export function roundSum(sum: number): number {
  return Number(sum.toPrecision(12));
}
