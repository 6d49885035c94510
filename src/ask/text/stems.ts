import { stemmer } from 'stemmer'
import { DEMONYMS, IRREGULAR_FORMS } from './lexicon.js'

/**
 * The Porter stem of a lower-case word, after irregular forms (`bought` → `buy`), British spelling (`labour` → `labor`,
 * `organise` → `organize`) and demonyms (`mexican` → `mexico`) are brought to one form.
 */
export function stem(lower: string): string {
  const word = lower.replace(/['’](s|d|ll|ve|re|m)?$/u, '')
  const base = IRREGULAR_FORMS.get(word) ?? DEMONYMS.get(word) ?? american(word)
  return /^[a-z]+$/.test(base) ? stemmer(base) : base
}

/** Both sides of a comparison pass through here, so a word that only looks British (`promise`) does no harm. */
function american(word: string): string {
  if (word.length < 6) return word
  return word.replace(/is(e|ed|es|er|ing|ation|ations)$/, 'iz$1').replace(/our(s|ed|ing|able|ful|ite|ites)?$/, 'or$1')
}
