/**
 * A module that is loaded by the first call and kept: in the bundle each import is a look-up by path, which a put would pay for every
 * time. Once it is there it is given as it is, so that who can do without waiting does. An import that failed is tried again.
 */
export function keptImport<T>(load: () => Promise<T>): () => T | Promise<T> {
  let loaded: T | Promise<T> | undefined
  const keep = (module: T): T => (loaded = module)
  const forget = (error: unknown): never => {
    loaded = undefined
    throw error
  }
  return () => (loaded ??= load().then(keep, forget))
}
