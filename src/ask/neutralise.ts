/**
 * Documents are data. What a chat template or a prompt could take for a change of speaker, or for the end of the context,
 * is made into look-alikes that mean nothing to it; what cannot be seen is taken out.
 */

/** Tags that name a role, a turn or a tool call to one model or another, and those that could stand around a context. */
const TAGS = [
  ...['s', 'bos', 'eos', 'start_of_turn', 'end_of_turn'],
  ...['system', 'user', 'assistant', 'human', 'developer', 'think', 'thinking'],
  ...['tool', 'tool_call', 'function_calls', 'function_results', 'invoke', 'antml:[a-z_]{1,32}'],
  ...['context', 'passage', 'question', 'documents?'],
]

/** Angle and square brackets of control tokens become `‹` and `›`. Bounded, so that no document makes it slow. */
const CONTROL_TOKENS: readonly RegExp[] = [
  // ChatML, Llama 3, Phi, DeepSeek: <|im_start|>, <|eot_id|>, <|system|>, and the same with full-width bars.
  /<([|｜][^<>\n]{1,64}[|｜])>/g,
  // Llama 2 and Mistral: <<SYS>>, [INST], [/INST], [SYSTEM_PROMPT], [TOOL_CALLS] …
  /<<(\/?SYS)>>/gi,
  /\[(\/?(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS))\]/gi,
  new RegExp(`<(/?(?:${TAGS.join('|')})(?:\\s[^<>\\n]{0,200})?)>`, 'gi'),
]

/** `Human:` and `Assistant:` on a line of their own were once how Claude was told who speaks. */
const TURN_MARK = /^([ \t]{0,8})(Human|Assistant|System)(:)/gim

/** Control characters except tab and line feed, bidirectional overrides, zero-width characters, and Unicode's tag characters. */
const INVISIBLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu

/** Lines like those that our own prompt sets around passages and the context. */
const OWN_LINE = /^[ \t]{0,8}(={2,}|-{2,})(?=[ \t]{0,8}(?:passage|context))/gim

/** A document's text in a form that cannot speak for anyone but itself. The same text always gives the same. */
export function neutralise(text: string): string {
  let result = text.replace(/\r\n?/g, '\n').replace(INVISIBLE, '')
  for (const token of CONTROL_TOKENS) result = result.replace(token, '‹$1›')
  return result.replace(TURN_MARK, '$1$2：').replace(OWN_LINE, (line) => line.replaceAll('=', '＝').replaceAll('-', '－'))
}

/** The same for what must stay on one line, such as a title. */
export function neutraliseLine(text: string): string {
  return neutralise(text).replace(/\s+/g, ' ').trim()
}
