/**
 * `$0.0005` from the exact decimal `0.0004782`, rounded half up to `decimals` places. Where that would leave only zeros of a price
 * above zero, places are added until a digit shows, for nothing that costs money is printed as free. Zero is `$0.00`.
 */
export function formatUsd(exact: string, decimals: number): string {
  const [whole = '0', fraction = ''] = exact.split('.')
  const firstDigit = fraction.search(/[1-9]/)
  if (/^0*$/.test(whole) && firstDigit < 0) return '$0.00'
  const places = /^0*$/.test(whole) ? Math.max(decimals, firstDigit + 1) : decimals
  const kept = fraction.slice(0, places).padEnd(places, '0')
  const scaled = BigInt(whole + kept) + (Number(fraction[places] ?? '0') >= 5 ? 1n : 0n)
  const digits = scaled.toString().padStart(places + 1, '0')
  return `$${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** A sum of money that came as a number, without an exponent. */
export function decimalOf(amount: number): string {
  return amount.toFixed(12).replace(/\.?0+$/, '')
}
