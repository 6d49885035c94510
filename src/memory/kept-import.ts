/**
 * A module that is loaded by the first call and kept: to import it at each call costs a microsecond or two of looking it up, a tenth of
 * what a put costs here. An import that failed is tried again.
 */
export function keptImport<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  const forget = (error: unknown): never => {
    loaded = undefined
    throw error
  }
  return () => (loaded ??= load().catch(forget))
}
