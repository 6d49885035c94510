/**
 * A module that is loaded by the first call and kept: in the bundle each import is a look-up by path, which a put would pay for every
 * time. An import that failed is tried again.
 */
export function keptImport<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  const forget = (error: unknown): never => {
    loaded = undefined
    throw error
  }
  return () => (loaded ??= load().catch(forget))
}
