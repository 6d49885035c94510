/** Numbers drawn from samples, and the shape of a measured line. */

export interface Line {
  row: string
  metric: string
  unit: string
  better: 'higher' | 'lower'
  memvid: number
  peer: { name: string; value: number } | null
  /** memvid ÷ peer. */
  ratio: number | null
  /** How good the results were that came at this speed; empty where there is nothing to say. */
  quality: string
  /** How many samples a side stands on. */
  samples: number
}

/** The value below which a share of the samples lies, nearest rank. Throws on no samples. */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error('a percentile needs samples')
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5)
}

export function mean(samples: readonly number[]): number {
  return samples.reduce((sum, value) => sum + value, 0) / samples.length
}

/** A line from one value a side. */
export function line(about: Omit<Line, 'ratio' | 'quality'> & { quality?: string }): Line {
  return { quality: '', ...about, ratio: about.peer === null ? null : about.memvid / about.peer.value }
}

/** Too few samples for a p99; the slowest is named as what it is. */
const P99_SAMPLES = 100

/** Two lines, median and p99, of latencies in milliseconds. */
export function latencyLines(
  row: string,
  what: string,
  memvid: number[],
  peer: { name: string; samples: number[] } | null,
  quality = '',
): Line[] {
  const tail = memvid.length < P99_SAMPLES ? 'slowest' : 'p99'
  return [0.5, 0.99].map((share) =>
    line({
      row,
      metric: `${what}, ${share === 0.5 ? 'median' : tail}`,
      unit: 'ms',
      better: 'lower',
      memvid: percentile(memvid, share),
      peer: peer && { name: peer.name, value: percentile(peer.samples, share) },
      quality,
      samples: memvid.length,
    }),
  )
}

/** Mean share of `expected` that `found` holds, query by query; 1 is all. */
export function meanOverlap(found: readonly number[][], expected: readonly number[][]): number {
  return mean(expected.map((ids, query) => (ids.length === 0 ? 1 : ids.filter((id) => found[query]!.includes(id)).length / ids.length)))
}
