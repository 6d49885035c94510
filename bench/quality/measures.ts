/** How good a ranked list is, where each relevant document counts the same. */

export interface Quality {
  /** nDCG@10. */
  ndcg: number
  /** Share of the relevant documents among the first ten. */
  recall: number
  /** 1 ÷ the rank of the first relevant one among the first ten. */
  mrr: number
}

const DEPTH = 10

export function qualityOf(found: readonly string[], relevant: readonly string[]): Quality {
  const wanted = new Set(relevant)
  const ranks = found.slice(0, DEPTH).flatMap((uri, index) => (wanted.has(uri) ? [index + 1] : []))
  const gain = (rank: number): number => 1 / Math.log2(rank + 1)
  const ideal = Array.from({ length: Math.min(DEPTH, wanted.size) }, (_, index) => gain(index + 1))
  return {
    ndcg: sum(ranks.map(gain)) / sum(ideal),
    recall: ranks.length / wanted.size,
    mrr: ranks.length > 0 ? 1 / ranks[0]! : 0,
  }
}

export function meanQuality(all: readonly Quality[]): Quality {
  const mean = (name: keyof Quality): number => sum(all.map((one) => one[name])) / all.length
  return { ndcg: mean('ndcg'), recall: mean('recall'), mrr: mean('mrr') }
}

/** Precision and recall of lists of any length, as an adaptive cut gives them. */
export function cutQuality(found: readonly string[], relevant: readonly string[]): { precision: number; recall: number } {
  const hits = found.filter((uri) => relevant.includes(uri)).length
  return { precision: found.length > 0 ? hits / found.length : 0, recall: hits / relevant.length }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
