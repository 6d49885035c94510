/** Colours only where a person looks on, and never when `NO_COLOR` is set (https://no-color.org). */
function coloured(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
}

function paint(code: number, text: string, stream: NodeJS.WriteStream): string {
  return coloured(stream) ? `\u001b[${code}m${text}\u001b[0m` : text
}

export const green = (text: string, stream: NodeJS.WriteStream = process.stdout): string => paint(32, text, stream)
export const red = (text: string, stream: NodeJS.WriteStream = process.stdout): string => paint(31, text, stream)
export const yellow = (text: string, stream: NodeJS.WriteStream = process.stdout): string => paint(33, text, stream)
export const dim = (text: string, stream: NodeJS.WriteStream = process.stdout): string => paint(2, text, stream)

/** Writes a result. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Writes a note, a statistic or progress. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}
