import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { splitSentences } from '../../src/ask/text/sentences.js'

const split = (text: string) => splitSentences(text).map(({ start, end }) => text.slice(start, end))
const kinds = (text: string) => splitSentences(text).map(({ kind }) => kind)

describe('splitSentences', () => {
  it('survives abbreviations and initials', () => {
    assert.deepEqual(split('Mr. J. P. Morgan met Dr. Smith in Washington, D.C. on Jan. 5. The U.S. Army won.'), [
      'Mr. J. P. Morgan met Dr. Smith in Washington, D.C. on Jan. 5.',
      'The U.S. Army won.'
    ])
    assert.deepEqual(split('See e.g. Fig. 3 of No. 7. Acme Inc. bought it.'), ['See e.g. Fig. 3 of No. 7.', 'Acme Inc. bought it.'])
  })

  it('survives decimals, versions and file names', () => {
    assert.deepEqual(split('It grew 3.5% to $2.1 billion. Version 2.7.1 reads app.config.ts first.'), [
      'It grew 3.5% to $2.1 billion.',
      'Version 2.7.1 reads app.config.ts first.'
    ])
  })

  it('keeps citation markers with the sentence before them', () => {
    assert.deepEqual(split('It rained.[1] It cleared. [2][3] It snowed [4].'), ['It rained.[1]', 'It cleared. [2][3]', 'It snowed [4].'])
  })

  it('keeps a closing quotation mark with its sentence', () => {
    assert.deepEqual(split('He said "Stop." Then he left.'), ['He said "Stop."', 'Then he left.'])
  })

  it('takes list items, table rows and headings one by one, and leaves out list marks', () => {
    const text = '# Result\n- First item\n- Second item. It has two.\n2) Third\n| a | b |\n|---|---|\n| 1 | 2 |'
    assert.deepEqual(split(text), ['# Result', 'First item', 'Second item.', 'It has two.', 'Third', '| a | b |', '| 1 | 2 |'])
    assert.deepEqual(kinds(text), ['heading', 'item', 'item', 'item', 'item', 'heading', 'row'])
  })

  it('takes rows of cells with tabs between them one by one', () => {
    assert.deepEqual(split('The stock:\nItem\tQuantity\nApples. Red\t3\nAll is well.'), [
      'The stock:',
      'Item\tQuantity',
      'Apples. Red\t3',
      'All is well.'
    ])
  })

  it('survives addresses, times of day, titles and dots of leaving out', () => {
    assert.deepEqual(
      split('Visit https://a.org/b.c?d=e. Write to a.b@example.com. He came at 5 p.m. He left. It broke... Then it worked.'),
      ['Visit https://a.org/b.c?d=e.', 'Write to a.b@example.com.', 'He came at 5 p.m.', 'He left.', 'It broke...', 'Then it worked.']
    )
    assert.deepEqual(split('Smith et al. found it. J.R.R. Tolkien holds a Ph.D. She sang.'), [
      'Smith et al. found it.',
      'J.R.R. Tolkien holds a Ph.D.',
      'She sang.'
    ])
  })

  it('goes on behind a Japanese quotation', () =>
    assert.deepEqual(split('彼は「本当ですか。」と聞いた。雨です。'), ['彼は「本当ですか。」と聞いた。', '雨です。']))

  it('never splits code', () => {
    const text = 'Run this:\n```sh\nls. Then. Stop.\n\ncd ..\n```\nIt works.'
    assert.deepEqual(split(text), ['Run this:', '```sh\nls. Then. Stop.\n\ncd ..\n```', 'It works.'])
    assert.equal(kinds(text)[1], 'code')
  })

  it('splits Chinese and Japanese at their own marks', () => {
    assert.deepEqual(split('收购价为20亿美元。他说：“好。”然后离开了！真的吗？是；不是'), [
      '收购价为20亿美元。',
      '他说：“好。”',
      '然后离开了！',
      '真的吗？',
      '是；',
      '不是'
    ])
  })

  it('joins lines that are only wrapped', () => {
    assert.deepEqual(split('The first sentence\nruns on here. The second.'), ['The first sentence\nruns on here.', 'The second.'])
  })

  it('gives nothing for nothing', () => assert.deepEqual(split(' \n\n '), []))
})
