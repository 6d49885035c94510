import type { SeededRandom } from './random.js'

/** Rewordings that leave the meaning as it is. The word list is the generator's own. */
const SYNONYMS = new Map(
  `requires:needs require:need obtained:got purchase:buy purchased:bought sufficient:enough commence:begin commenced:began
  terminated:ended endeavor:try assist:help assistance:help numerous:many nation:country nations:countries citizens:people
  entire:whole annually:yearly large:big rapid:quick rapidly:quickly permit:allow prohibit:forbid ocean:sea upon:on
  accomplish:achieve accomplished:achieved receive:get received:got additional:further principal:main principally:mainly
  important:significant desire:wish demonstrated:shown believe:think construct:build constructed:built erect:build aid:help
  approximately:about remain:stay difficult:hard children:kids expenditures:spending expended:spent revenue:income
  recommend:propose recommended:proposed speedy:quick great:large prior:before legislature:assembly whilst:while enacted:passed
  toward:towards amity:friendship compensation:pay perform:do chiefly:mainly especially:particularly`
    .split(/\s+/)
    .map((pair) => pair.split(':') as [string, string])
)

export function reword(sentence: string, random: SeededRandom): string {
  let text = rewriteNumbers(sentence)
  text = text.replace(/\b[a-z]+\b/g, (word) => (random.next() < 0.8 ? (SYNONYMS.get(word) ?? word) : word))
  return random.next() < 0.5 ? moveOpening(text) : text
}

/** `$50,000,000` becomes `$50 million`, `per cent` becomes `%`. */
export function rewriteNumbers(text: string): string {
  return text
    .replace(/(\d) per ?cent\b/g, '$1%')
    .replace(/\b(\d{1,3})((?:,\d{3})+)\b(?!\.\d)/g, (whole: string, head: string, tail: string) => {
      const value = Number((head + tail).replaceAll(',', ''))
      for (const [size, word] of [
        [1e9, 'billion'],
        [1e6, 'million'],
        [1e3, 'thousand']
      ] as const) {
        const short = value / size
        if (short >= 1 && Number(short.toFixed(2)) === short && size >= 1e6) return `${short} ${word}`
      }
      return whole
    })
}

/** "During the year X happened" and "In May, X happened" become "X happened during the year". */
function moveOpening(text: string): string {
  const match = /^((?:In|On|During|Since|After|By|At) [^,]{4,60}), ([^;:]{25,})\.$/.exec(text)
  if (match === null || /\b(?:I|and|but|which)\b/.test(match[1]!)) return text
  const opening = match[1]![0]!.toLowerCase() + match[1]!.slice(1)
  return `${match[2]![0]!.toUpperCase()}${match[2]!.slice(1)} ${opening}.`
}
