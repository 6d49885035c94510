/**
 * Works on items side by side, at most `width` at a time, and hands over what comes out in the items' order. `take` says whether to go
 * on; after a "no" nothing is begun any more, and what was begun is still finished and handed over.
 */
export async function runOrdered<T, R>(
  items: AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
  take: (item: T, result: R) => boolean,
): Promise<void> {
  const begun: { item: T; result: Promise<R> }[] = []
  const finishFirst = async (): Promise<boolean> => {
    const { item, result } = begun.shift()!
    return take(item, await result)
  }
  let goOn = true
  try {
    for await (const item of items) {
      const result = work(item)
      // A failure is seen when its turn comes; until then it must not count as one that nobody handles.
      result.catch(() => {})
      begun.push({ item, result })
      if (begun.length >= width) goOn = await finishFirst()
      if (!goOn) break
    }
    while (begun.length > 0) await finishFirst()
  } finally {
    await Promise.allSettled(begun.map(({ result }) => result))
  }
}
