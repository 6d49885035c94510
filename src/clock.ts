/** Milliseconds of a clock that only runs forward, with fractions. Node loads `performance` at its first use, which takes longer than opening a file. */
export function clockMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}
