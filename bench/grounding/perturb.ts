import type { SeededRandom } from './random.js'

/**
 * The perturbations that make a supported claim unsupported. They work on the text with word lists of their own and share no
 * code or list with the scorer, so that the set measures the scorer and not itself.
 */
export type Perturb = (claim: string, other: PerturbSource, random: SeededRandom) => string | null

export interface PerturbSource {
  /** Names and numbers that stand in the contexts. */
  names: readonly string[]
  numbers: readonly string[]
  /** A sentence about something else. */
  foreign: string
}

const AUXILIARY =
  /\b(is|are|was|were|has been|have been|had been|has|have|had|will|can|could|should|must|may|might|would|shall)\b(?! not\b| no\b)/g
const NOT = /\b(?: not|cannot|n['’]t)\b/
/** Past forms and the verb after "did not". */
const PAST = new Map(
  `came:come gave:give took:take made:make went:go grew:grow rose:rise fell:fall sold:sell bought:buy paid:pay led:lead met:meet
  kept:keep lost:lose won:win said:say saw:see became:become began:begin found:find sent:send spent:spend stood:stand left:leave
  held:hold wrote:write drew:draw put:put cut:cut returned:return produced:produce moved:move ratified:ratify offered:offer
  reached:reach asked:ask urged:urge wanted:want started:start ended:end joined:join agreed:agree passed:pass changed:change
  proposed:propose challenged:challenge pledged:pledge commanded:command prepared:prepare reported:report announced:announce
  repeated:repeat described:describe helped:help worked:work increased:increase reduced:reduce attended:attend extinguished:extinguish`
    .split(/\s+/)
    .map((pair) => pair.split(':') as [string, string])
)
const PRESENT = new Map(
  'says:say gives:give needs:need wants:want believes:believe hopes:hope thinks:think shows:show contains:contain expects:expect deserves:deserve lies:lie makes:make promises:promise requires:require offers:offer remains:remain describes:describe'
    .split(' ')
    .map((pair) => pair.split(':') as [string, string])
)

export const negate: Perturb = (claim, _other, random) => {
  if (NOT.test(claim) && !/not only/.test(claim)) {
    return claim
      .replace(/\bcannot\b/, 'can')
      .replace(/\b(?:did|does|do) not (\w+)/, '$1')
      .replace(/ not\b/, '')
  }
  const places = [...claim.matchAll(AUXILIARY)].filter(
    (match) => !/\b(if|that|who|which|to)\s*$/.test(claim.slice(0, match.index)) || random.next() < 0.3
  )
  if (places.length > 0) {
    const place = places[0]!
    const first = place[0].split(' ')[0]!
    const denial = first === 'can' ? 'cannot' : `${first} ${random.next() < 0.25 ? 'never' : 'not'}`
    return claim.slice(0, place.index) + denial + claim.slice(place.index + first.length)
  }
  for (const [list, auxiliary] of [
    [PAST, 'did not'],
    [PRESENT, 'does not']
  ] as const) {
    const verb = claim.split(/[\s,.;]+/).find((word, index) => index > 0 && list.has(word))
    if (verb !== undefined) return claim.replace(new RegExp(`\\b${verb}\\b`), `${auxiliary} ${list.get(verb)!}`)
  }
  return null
}

const NUMBER =
  /\d[\d,]*(?:\.\d+)?|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b/g
const WORDS =
  'two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty seventy eighty ninety'.split(' ')

export const swapNumber: Perturb = (claim, { numbers }, random) => {
  const places = [...claim.matchAll(NUMBER)]
  if (places.length === 0) return null
  const place = random.pick(places)
  const alike = numbers.filter((number) => sameShape(number, place[0]) && !claim.includes(number))
  const replacement = alike.length > 0 && random.next() < 0.5 ? random.pick(alike) : otherNumber(place[0], random)
  return claim.slice(0, place.index) + replacement + claim.slice(place.index + place[0].length)
}

export function numbersIn(text: string): string[] {
  return [...new Set([...text.matchAll(NUMBER)].map((match) => match[0]))]
}

function sameShape(a: string, b: string): boolean {
  const year = (text: string) => /^1[789]\d\d$|^20\d\d$/.test(text)
  return a !== b && /^\d/.test(a) === /^\d/.test(b) && year(a) === year(b) && Math.abs(a.length - b.length) <= 1
}

function otherNumber(number: string, random: SeededRandom): string {
  if (!/^\d/.test(number)) return random.pick(WORDS.filter((word) => word !== number))
  if (/^1[789]\d\d$|^20\d\d$/.test(number)) return String(Number(number) + random.pick([-20, -11, -7, -3, -2, 2, 3, 5, 8, 12]))
  const digits = [...number]
  const at = digits.findIndex((digit) => /[1-9]/.test(digit))
  if (at < 0) return '7'
  const changed = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((digit) => Math.abs(digit - Number(digits[at])) >= 2)
  digits[at] = String(random.pick(changed))
  return digits.join('')
}

const NAME = /(?<=[a-z,;] )[A-Z][a-z][a-zA-Z]+(?: (?:of )?[A-Z][a-z][a-zA-Z]+)*/g
const NO_NAME =
  /^(?:I|January|February|March|April|May|June|July|August|September|October|November|December|Mr|Mrs|Government|Governments|Congress|State|States|Nation|Treasury|Department|Secretary|President|Senate|Constitution|Union|Executive|House|Houses|Bureau|Army|Navy|Territory|Minister|Administration|Majesty|Her Majesty|Republic|Act|Commissioner|General|Chamber|Within|The|And|But|Internet|Americans|American|Christian|Senators?|Members?)\.?$/

export function namesIn(text: string): string[] {
  const found = [...text.matchAll(NAME)].map((match) => match[0].replace(/\.$/, '')).filter((name) => !NO_NAME.test(name))
  return [...new Set(found)]
}

export const swapName: Perturb = (claim, { names }, random) => {
  const opening = /^(?:[A-Z][a-z]+ )?[A-Z][a-z]+(?= (?:has|had|is|was|will|and|[a-z]+ed)\b)|^[A-Z][a-z]+(?='s)/.exec(claim)?.[0]
  const own = namesIn(claim)
  if (opening !== undefined && names.includes(opening)) own.unshift(opening)
  if (own.length === 0) return null
  const pair = own.length >= 2 ? changePlaces(claim, own) : null
  if (pair !== null && random.next() < 0.6) return pair
  const others = names.filter((name) => !own.some((mine) => mine.includes(name) || name.includes(mine)) && !claim.includes(name))
  if (others.length === 0) return pair
  return claim.replace(random.pick(own), random.pick(others))
}

/** Two names of a claim exchanged, unless only "and" or a comma stands between them, which would leave the claim true. */
function changePlaces(claim: string, names: readonly string[]): string | null {
  for (let left = 0; left < names.length; left++) {
    for (let right = left + 1; right < names.length; right++) {
      const [first, second] = [names[left]!, names[right]!].sort((a, b) => claim.indexOf(a) - claim.indexOf(b)) as [string, string]
      if (first.includes(second) || second.includes(first)) continue
      const between = claim.slice(claim.indexOf(first) + first.length, claim.indexOf(second))
      if (
        /^[\s,]*(?:and|or)?(?: the)?\s*$|^\s*(?:and|or)\b/.test(between) ||
        /\bbetween (?:the )?$/.test(claim.slice(0, claim.indexOf(first)))
      )
        continue
      if (between.split(/,| and /).length > 1 && between.length < 40) continue
      return claim.replace(first, '\u0000').replace(second, first).replace('\u0000', second)
    }
  }
  return null
}

const OPPOSITES = `increased:decreased increase:decrease increases:decreases rose:fell risen:fallen grown:shrunk grew:shrank growth:decline
more:less more:fewer higher:lower highest:lowest larger:smaller greater:smaller strong:weak stronger:weaker success:failure successful:unsuccessful
won:lost victory:defeat victories:defeats accepted:rejected approved:rejected ratified:rejected begin:end start:stop started:stopped friendly:hostile
friendship:enmity friendship:hostility peace:war satisfactory:unsatisfactory satisfactorily:poorly gratifying:disappointing encouraging:discouraging
important:unimportant valuable:worthless prosperity:depression surplus:deficit receipts:expenditures reduce:raise reduced:raised reduces:raises lower:raise
raised:lowered protect:endanger encourage:discourage encouraged:discouraged supported:opposed honestly:dishonestly rapidly:slowly quickly:slowly soon:never
rich:poor richest:poorest good:bad before:after above:below over:under last:first first:last old:new new:old early:late long:short near:far fewer:more
full:partial possible:impossible needed:unneeded needs:rejects deserve:forfeit wants:refuses believes:doubts hopes:fears expect:doubt completed:abandoned
widely:rarely most:few noble:ignoble public:private domestic:foreign exports:imports north:south southern:northern gain:loss gained:lost ready:unwilling
sound:unsound better:worse expanding:shrinking improve:worsen safe:dangerous permanent:temporary temporary:permanent`
  .split(/\s+/)
  .map((pair) => pair.split(':') as [string, string])

export const swapAntonym: Perturb = (claim, _other, random) => {
  const fitting = OPPOSITES.flatMap(
    ([a, b]) =>
      [
        [a, b],
        [b, a]
      ] as [string, string][]
  ).filter(([word]) => new RegExp(`\\b${word}\\b`).test(claim))
  if (fitting.length === 0) return null
  const [word, opposite] = random.pick(fitting)
  return claim.replace(new RegExp(`\\b${word}\\b`), opposite)
}

/** Half of the inventions are about something else altogether; the others add a false half to a true claim. */
export const invent: Perturb = (claim, { foreign }, random) => {
  if (random.next() < 0.4) return foreign
  const lower = /^(?:The|A|An|In|On|Some|Several|Part|Three|Both|Most|Over|It|Its|There|This|These)\b/.test(foreign)
    ? foreign[0]!.toLowerCase() + foreign.slice(1)
    : foreign
  return `${claim.replace(/[.!]\s*$/, '')}${random.pick([', and ', ', while ', '; also, '])}${lower}`
}

export const PERTURBATIONS: readonly [kind: string, perturb: Perturb][] = [
  ['negation', negate],
  ['number', swapNumber],
  ['name', swapName],
  ['antonym', swapAntonym],
  ['invention', invent]
]
