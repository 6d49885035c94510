/** A small memory about one company, in which the questions of the user's document have answers. */
import { writeFileSync } from 'node:fs'
import type { Workspace } from './cli.js'

const ANSWERING = [
  'The acquisition price was $2 billion. The acquisition was valued at $2 billion when it closed in June 2023.',
  'In June 2023 Databricks announced the purchase of MosaicML. Databricks did purchase MosaicML for about $1.3 billion.',
  'The revenue was $4.2 million in 2024. Revenue grew by 12% over the year before.',
  'The transaction 4711 was not fraudulent. The review found that this transaction was a regular payment to a supplier.',
  'Key findings: demand rose in every region. The key findings of the report are higher demand and lower costs.',
]

const TOPICS = [
  'acquisition of a warehouse',
  'price of steel',
  'acquisition price of the land',
  'hiring plan',
  'acquisition talks with a rival',
  'price list',
]
const PLACES = ['Lyon', 'Kraków', '東京', 'São Paulo', 'Zürich', 'Αθήνα']

/** Enough neighbours for a search to have more candidates than it returns. */
function neighbours(): string[] {
  return TOPICS.flatMap((topic) =>
    PLACES.map((place) => `Minutes from ${place}: the meeting spoke about the ${topic}. No decision was taken in ${place}.`),
  )
}

/** Writes the documents as JSONL and stores them in `knowledge.mv2`. */
export async function makeKnowledge(workspace: Workspace): Promise<void> {
  const documents = [...ANSWERING, ...neighbours()].map((text, index) => ({ text, title: `Document ${index}`, uri: `mv2://docs/${index}` }))
  writeFileSync(workspace.path('docs.jsonl'), documents.map((document) => JSON.stringify(document)).join('\n'))
  await workspace.ok('create', 'knowledge.mv2')
  await workspace.ok('put', 'knowledge.mv2', '--input', 'docs.jsonl')
}
