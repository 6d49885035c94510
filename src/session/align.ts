import { diffArrays } from 'diff'

/** An action as it is aligned: what it is about, and everything that is compared of it. */
export interface Alignable {
  key: string
  content: string
}

export interface Alignment<T> {
  /** In the order of the first list. `moved`: the two stand in another order than the pairs around them. */
  pairs: { a: T; b: T; moved: boolean }[]
  onlyA: T[]
  onlyB: T[]
}

/** Two lists with more differences than this are not alike enough for an order that is worth its time. */
const MAX_EDITS = 2000

/**
 * Aligns two lists by content: the longest common sequence of equal items, in the gaps that it leaves the longest of items about the
 * same, and what then is left about the same, wherever it stands.
 */
export function align<T extends Alignable>(first: readonly T[], second: readonly T[]): Alignment<T> {
  const partners = new Map<T, { b: T; moved: boolean }>()
  const inOrder = (a: readonly T[], b: readonly T[], text: (item: T) => string): [T, T][] => {
    const pairs = commonSequence(a, b, text)
    for (const [one, other] of pairs) partners.set(one, { b: other, moved: false })
    return pairs
  }
  const equal = inOrder(first, second, ({ content }) => content)
  for (const [a, b] of gaps(first, second, equal)) inOrder(a, b, ({ key }) => key)
  const taken = new Set([...partners.values()].map(({ b }) => b))
  const isLeft = { a: (item: T) => !partners.has(item), b: (item: T) => !taken.has(item) }
  for (const text of [({ content }: T) => content, ({ key }: T) => key]) {
    for (const [a, b] of anyOrder(first.filter(isLeft.a), second.filter(isLeft.b), text)) {
      partners.set(a, { b, moved: true })
      taken.add(b)
    }
  }
  return {
    pairs: first.flatMap((a) => {
      const partner = partners.get(a)
      return partner ? [{ a, ...partner }] : []
    }),
    onlyA: first.filter(isLeft.a),
    onlyB: second.filter(isLeft.b),
  }
}

function commonSequence<T>(a: readonly T[], b: readonly T[], text: (item: T) => string): [T, T][] {
  if (a.length === 0 || b.length === 0) return []
  const changes = diffArrays(a.map(text), b.map(text), { maxEditLength: MAX_EDITS })
  const pairs: [T, T][] = []
  let [atA, atB] = [0, 0]
  for (const { added, removed, count } of changes ?? []) {
    if (!added && !removed) for (let step = 0; step < count; step++) pairs.push([a[atA + step]!, b[atB + step]!])
    if (!added) atA += count
    if (!removed) atB += count
  }
  return pairs
}

/** What stands between the pairs of a common sequence, on both sides. */
function* gaps<T>(a: readonly T[], b: readonly T[], pairs: readonly [T, T][]): Generator<[T[], T[]]> {
  const placeA = new Map(a.map((item, index) => [item, index]))
  const placeB = new Map(b.map((item, index) => [item, index]))
  let [fromA, fromB] = [0, 0]
  for (const [one, other] of pairs) {
    const [toA, toB] = [placeA.get(one)!, placeB.get(other)!]
    yield [a.slice(fromA, toA), b.slice(fromB, toB)]
    fromA = toA + 1
    fromB = toB + 1
  }
  yield [a.slice(fromA), b.slice(fromB)]
}

/** The n-th item with a text on one side with the n-th on the other. */
function anyOrder<T>(a: readonly T[], b: readonly T[], text: (item: T) => string): [T, T][] {
  const waiting = new Map<string, T[]>()
  for (const item of b) {
    const queue = waiting.get(text(item))
    if (queue) queue.push(item)
    else waiting.set(text(item), [item])
  }
  return a.flatMap((item): [T, T][] => {
    const partner = waiting.get(text(item))?.shift()
    return partner === undefined ? [] : [[item, partner]]
  })
}
