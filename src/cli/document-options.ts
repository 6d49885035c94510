/** What `put` and `update` say about a document besides its content. */
import { InvalidArgumentError, type Command } from 'commander'
import type { PutItem } from '../index.js'
import { collect, moment } from './options.js'

export interface DocumentOptions {
  title?: string
  uri?: string
  tag?: string[]
  metadata?: Record<string, unknown>
  timestamp?: Date
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Falls through to the one message for everything that is not an object.
  }
  throw new InvalidArgumentError('It takes a JSON object such as {"author":"Lincoln"}.')
}

export function addDocument(command: Command): Command {
  return command
    .option('--title <text>', 'its title')
    .option('--uri <uri>', 'its URI; a document that has this URI already is superseded')
    .option('--tag <tag>', 'a tag; may be repeated', collect)
    .option('--metadata <json>', 'a JSON object that is kept with it', jsonObject)
    .option('--timestamp <time>', 'its date (default: now)', moment)
}

/** The same options in the words of the API; what was not given stays out. */
export function documentFields({ title, uri, tag, metadata, timestamp }: DocumentOptions): PutItem {
  return {
    ...(title !== undefined && { title }),
    ...(uri !== undefined && { uri }),
    ...(tag && { tags: tag }),
    ...(metadata && { metadata }),
    ...(timestamp && { timestamp }),
  }
}
