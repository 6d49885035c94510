/** Sentences that state nothing about the contexts: greetings, offers, remarks about the answer itself; and what stands around a statement. */

const any = (words: string): string => `(?:${words.trim().split(/\s+/).join('|')})`

const COURTESY = any(`hi hello hey greetings dear welcome sure certainly absolutely okay ok`)
const LEAD_IN = any('answer summary list overview points findings details information response')
const INTERJECTION = any('wow oh yes no yeah yep nope cool nice great awesome interesting really good')

/** Remarks that a refusal may be followed by without becoming an answer. */
const META = [
  new RegExp(`^${COURTESY}\\b[^.?!:;,]{0,40}[.!,:]?$`, 'i'),
  /^(?:good (?:morning|afternoon|evening|day|question)|great question|thanks?(?: you)?|you['’]re welcome|of course|no problem)\b[^.?!:;,]{0,40}[.!,:]?$/i,
  /^(?:i )?hope (?:this|that|it) helps\b/i,
  /^(?:please )?(?:let me know|feel free|do not hesitate|don['’]t hesitate)\b/i,
  /^(?:please )?(?:provide|share|supply|give me|clarify|rephrase|specify|note that i|consult|check)\b.*(?:context|information|detail|document|question|answer|source)/i,
  new RegExp(`^(?:here (?:is|are)|here['’]s|below (?:is|are)|the following (?:is|are)) (?:\\w+ ){0,8}${LEAD_IN}s?\\b[^.]*[:.]?$`, 'i'),
  /^(?:in )?(?:summary|conclusion|short|answer|sources?|references|note)\s*:?$/i,
  /^(?:if|should) you (?:have|need|want|would like|provide|share|can)\b/i,
  new RegExp(`^(?:${INTERJECTION}|i (?:know|see|agree)|that['’]s)\\b(?:[,\\s]+[\\w'’]+){0,3}[.!]+$`, 'i'),
  /^is there anything else\b/i,
  /^(?:你好|您好|谢谢|好的|不客气)[，,！!。.]?$/
]

/** Characters that are looked at; a remark is short, and an endless line must not cost endless time. */
const OPENING = 400

/** True when a sentence makes no statement that a context could bear out: a greeting, an offer, a question, a lead-in. */
export function isRemark(sentence: string): boolean {
  const plain = sentence.trim()
  if (plain.length > OPENING) return false
  return META.some((pattern) => pattern.test(plain)) || /[?？]["'”’)\s]*$/.test(plain) || !/[\p{L}\p{N}]/u.test(plain)
}

/** What may stand before a statement in a conversation and says nothing of it. */
const FRAMES = [
  /^(?:yes|yeah|yep|no|well|oh|ah|sure|haha|hey|wow|right|ok|okay|so|honestly|actually|indeed|of course|absolutely|certainly)\b(?: (?:yes|yeah|well))?[,!.]\s+/i,
  /^(?:i (?:do )?(?:believe|think|know|guess|suppose|remember|understand|heard|read)|i(?:['’]ve| have) (?:heard|read|learned|been told)|i(?:['’]m| am) (?:sure|certain|not an expert, but)|as far as i know|from what i (?:know|understand|have (?:read|heard))|they say|fun fact:?)(?:,| that| of| about)?\s+(?=\S+ \S+)/i,
  /^(?:it(?:['’]s| is) (?:\w+ )?(?:interesting|amazing|true|cool|funny|great|crazy|fascinating|worth noting|clear) (?:that|how)|isn['’]t it (?:\w+ )?\w+ that)\s+/i,
  /^(?:did|do) you (?:also )?know(?: that)?\s+(?!(?:what|who|when|where|why|how|which|if|whether|any|of|about)\b)/i
]
/** A question that only asks for a nod. */
const TAG = /,?\s*(?:right|correct|(?:is|isn|are|aren|was|wasn|were|weren|do|don|does|doesn|did|didn|has|hasn|have|haven|can)['’]?t? (?:it|they|he|she|you|that|there)|you know|huh)\?$/i

/**
 * The statement that a sentence of a conversation makes, without "I believe that", "Did you know that", ", right?" and the like around
 * it. A sentence without such a frame comes back as it is.
 */
export function statementOf(sentence: string): string {
  let text = sentence.trim().slice(0, OPENING * 5)
  let asked = false
  for (let again = true; again; ) {
    again = false
    for (const frame of FRAMES) {
      const rest = text.replace(frame, '')
      if (rest === text || rest.length < 12) continue
      asked ||= /^(?:did|do|isn)/i.test(text)
      text = rest
      again = true
    }
  }
  const told = text.replace(TAG, '.')
  return asked ? told.replace(/\?$/, '.') : told
}
