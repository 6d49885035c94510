import Big from 'big.js'

/** Exact sums and differences of decimal texts: a float would lose what an audit compares. */
export function sumUsd(amounts: readonly string[]): string {
  return amounts.reduce((sum, amount) => sum.plus(amount), new Big(0)).toFixed()
}

/** `b` less `a`; null where one of the two is not known. */
export function differenceUsd(a: string | null, b: string | null): string | null {
  return a === null || b === null ? null : new Big(b).minus(a).toFixed()
}

export function compareUsd(a: string | null, b: string | null): number {
  return new Big(a ?? 0).cmp(b ?? 0)
}
