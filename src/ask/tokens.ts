export type CountTokens = (text: string) => number

/** Letters of scripts that are written without spaces; a token holds about one of them. */
const DENSE = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]/u

/**
 * About how many tokens a model will count for `text`: a quarter of the ASCII characters, one for each Chinese, Japanese or
 * Korean one, a half for any other. It is an estimate for budgets and warnings, never for a price; tokenizers differ by a
 * tenth or two even on English.
 */
export function estimateTokens(text: string): number {
  let quarters = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    quarters += code < 0x80 ? 1 : DENSE.test(character) ? 4 : 2
  }
  return Math.ceil(quarters / 4)
}
