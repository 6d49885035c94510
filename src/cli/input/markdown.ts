const FENCE = /^ {0,3}(```|~~~)/
const HEADING = /^ {0,3}#\s+(.+?)\s*#*\s*$/

/** The first heading of the first level, outside of code blocks. */
export function markdownTitle(text: string): string | undefined {
  let inCode = false
  for (const row of text.split('\n', 200)) {
    if (FENCE.test(row)) inCode = !inCode
    const title = inCode ? undefined : HEADING.exec(row.replace(/\r$/, ''))?.[1]
    if (title) return title
  }
  return undefined
}
