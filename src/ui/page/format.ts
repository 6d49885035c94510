/** Numbers and times as they are shown. `null` is what was not captured, never zero. */

export const NOT_CAPTURED = 'not captured'

export function duration(ms: number | null): string {
  if (ms === null) return NOT_CAPTURED
  if (ms < 1) return `${ms.toFixed(2)} ms`
  if (ms < 1_000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = size
  let unit = 0
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

export function share(score: number | null): string {
  return score === null ? NOT_CAPTURED : `${Math.round(score * 100)}%`
}

export function score(value: number | null): string {
  return value === null ? '–' : value.toFixed(3)
}

/** An exact decimal text, without zeros that say nothing. */
export function usd(cost: string | null): string {
  if (cost === null) return 'unknown'
  return `$${cost.includes('.') ? cost.replace(/(\.\d{2}\d*?)0+$/, '$1') : cost}`
}

export function count(value: number | null): string {
  return value === null ? NOT_CAPTURED : value.toLocaleString('en-US')
}

/** Local date and time, to the second. */
export function moment(timeMs: number): string {
  const at = new Date(timeMs)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}
