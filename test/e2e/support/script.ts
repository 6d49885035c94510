/** Shell blocks of a document as commands, each with the output that the document promises in the comments below it. */
import { userDocument } from './document.js'

export interface Example {
  /** As written, continued lines joined. */
  command: string
  /** The comment lines right below the command, without their mark. */
  promised: string[]
}

/** The examples between two texts of the user's document. */
export function examplesBetween(from: string, to: string): Example[] {
  const start = userDocument.indexOf(from)
  const end = userDocument.indexOf(to, start)
  if (start < 0 || end < 0) throw new Error(`the document has no part from "${from}" to "${to}"`)
  return examplesOf(userDocument.slice(start, end))
}

export function examplesOf(text: string): Example[] {
  const examples: Example[] = []
  let follows = false
  for (const line of text.replace(/\\\n\s*/g, '').split('\n')) {
    const comment = /^# ?(.*)$/.exec(line)?.[1]
    if (line.startsWith('memvid ')) {
      examples.push({ command: line, promised: [] })
      follows = true
    } else if (comment !== undefined && follows) examples.at(-1)?.promised.push(comment)
    else if (line.trim() !== '' || comment === undefined) follows = false
  }
  return examples
}
