/** Sentences that refuse to answer, or say that the answer does not stand in the contexts. */

const any = (words: string): string => `(?:${words.trim().split(/\s+/).join('|')})`

const DETERMINER = any('the this that these those your my any either')
const GIVEN = any('provided given available supplied retrieved above following stored present')
/** What a text may be called, and what is one only when it is said to be given. */
const TEXT = any('contexts? documents? passages? texts? sources? excerpts? materials? articles? files?')
const HOLDINGS = any('information memory data frames results records knowledge')
const SOURCE = `(?:(?:${DETERMINER} )?(?:${GIVEN} )*${TEXT}|(?:${DETERMINER} )?(?:${GIVEN} )+${HOLDINGS}|(?:the|this) ${HOLDINGS} ${GIVEN}|(?:the|your) memory)(?: ${GIVEN})?`
const CANNOT = "(?:can(?:no|['’])t|cannot|can not|could(?: not|n['’]t)|do(?: not|n['’]t)|did(?: not|n['’]t)|won['’]t be able to|will not be able to)"
const ANSWER = any('answer find determine provide help assist information say tell comply')
const FINDING = any('answer find determine help assist know have see tell locate say provide identify comply fulfil fulfill browse access')
const HOLDING = any(`contain mention provide say state include specify answer hold give address discuss indicate cover have explain
  describe reveal tell`)
const HELD = any(`mentioned found provided specified stated given available contained included answered addressed discussed covered
  present clear known possible disclosed determined`)
const INFORMATION = any('information mention details? data evidence context indication answers? reference record')
const NOT = "(?:is|are|was|were|does|do|did|has|have|could|can)(?: not|n['’]t)|can(?:no|['’])t"
const UNKNOWN = any('unclear impossible uncertain unknown')

const patterns = (...sources: string[]): RegExp[] => sources.map((source) => new RegExp(source, 'i'))

const REFUSALS = [
  ...patterns(
    // The one who answers can't.
    `\\b(?:i|we)(?:['’]m| am|['’]re| are)? ?(?:sorry|unable|not able)\\b.*\\b${ANSWER}`,
    `\\b(?:i|we) ${CANNOT} ${FINDING}\\b`,
    `^i(?:['’]m| am) (?:not (?:entirely |quite )?(?:sure|certain)|unsure|uncertain)\\b(?:[.!]|$|.*\\b(?:${SOURCE}|answer|question))`,
    `^(?:sorry, )?(?:i|we) (?:(?:found|have|see|had) (?:no|nothing)|lack)\\b.{0,20}?(?:${INFORMATION}|about|on|in|regarding)`,
    `^(?:unable|cannot|can['’]t|could not) (?:to )?(?:be )?(?:answer|determine|find|tell|say|identify)`,
    `^as an? (?:ai|(?:large )?language model|artificial)\\b`,
    '^(?:unknown|i have no idea|no idea|n/a|not sure)\\b[.!]?$',
    // The question can't be answered.
    `^(?:it|(?:this|that|the|your) (?:question|answer)) (?:${NOT}) (?:be )?(?:possible to )?(?:answer|determine|tell|say|identif|(?:known|clear|stated|found|given)(?:[.!]|$|.*${SOURCE})|in ${SOURCE})`,
    `^(?:based on|according to|from|given|going by) (?:${SOURCE})[^,]{0,30}, (?:it is|it['’]s|there is|there are|i|no|the answer is)\\b.{0,12}?\\b(?:no ${INFORMATION}|${UNKNOWN}|not (?:possible|clear)|unable|cannot)`,
    // The texts don't say.
    `\\b(?:${SOURCE}) (?:does|do|did)(?: not|n['’]t) (?:\\w+ ){0,2}?${HOLDING}`,
    `\\b(?:${SOURCE}) (?:makes?|contains?|holds?|has|have|gives?|provides?|includes?|offers?) no ${INFORMATION}`,
    `\\b(?:${SOURCE}) (?:(?:is|are) silent|lacks?)\\b`,
    `^(?:none|neither|nothing)(?: (?:of|in))? (?:${SOURCE})\\b.*\\b${any('mentions? contains? discuss(?:es)? provides? answers? says? states? addresses specif(?:y|ies) include(?:s)?')}`,
    // It is not there.
    '^(?:it is |it[’\']s )?not found(?: in .*)?[.!:]?',
    `\\b(?:not|isn['’]t|n['’]t|never) (?:\\w+ ){0,2}?${HELD}\\b.*\\b(?:in|from|by|within) (?:${SOURCE})`,
    `\\b(?:no|not enough|insufficient|nothing)\\b.*\\b(?:in|from) (?:${SOURCE})`,
    `^not ${HELD}\\b`,
    `^there(?: is|['’]s| are| isn['’]t| aren['’]t) (?:no|not enough|enough|insufficient|any|sufficient)? ?(?:relevant |such )?${INFORMATION}\\b`,
    `^(?:no|insufficient|not enough) (?:relevant |further )?${INFORMATION}(?:[.!]|$| (?:about|on|regarding|available|(?:was |is |were )?(?:found|available|provided|given)|to|in|as|for)\\b)`,
    `^(?:that |this |the |such )?(?:information|details?|answer)(?: to (?:this|that|your) question)?(?: (?:is|are|was|were))?(?: not|n['’]t) ${HELD}`
  ),
  // Other languages, where the texts are named too.
  /(?:kontext|dokument|text|passage|quelle|information).*\bnicht\b|\bnicht\b.*(?:kontext|dokument|textstelle|passage|quelle)|keine (?:information|angabe)/i,
  /(?:contexte|documents?|textes?|passages?|sources?).*\b(?:ne|n['’])\b.*\bpas\b|aucune information|je ne (?:sais|peux) pas/i,
  /\bno (?:se )?(?:menciona|contiene|especifica|indica|encuentra|dice).*(?:contexto|documento|texto|pasaje|fuente)|(?:contexto|documento|texto|pasaje)s? no\b|no hay información/i,
  /(?:contexto|documento|texto|trecho)s? não\b|\bnão (?:há informaç|consta)|(?:contesto|documento|testo|brano|fonte|fonti|testi) non\b|non ci sono informazioni/i,
  /(?:抱歉|对不起|很抱歉)|(?:无法|不能|没有)(?:回答|确定|找到|提供)|(?:上下文|文档|资料|文中)(?:中)?(?:没有|未|并未|不包含)/,
  /(?:文書|文脈|資料|コンテキスト|情報|記載|言及).{0,12}(?:ありません|されていません|見つかりません|ない。)|お答えできません|わかりません|分かりません/
]

/** Characters that are looked at; a refusal is short, and an endless line must not cost endless time. */
const OPENING = 400

/** True when a sentence says that the answer is not there, or refuses to give one. */
export function isRefusal(sentence: string): boolean {
  const opening = sentence.slice(0, OPENING).trim()
  return REFUSALS.some((pattern) => pattern.test(opening))
}
