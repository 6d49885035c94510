/** A session as text for other programs: OpenTelemetry spans, or its actions line by line. */
import type { Memory } from '../../index.js'
import { toSnakeCase } from '../output/json.js'
import { eachPage } from './pages.js'

/** The actions, one JSON object a line, as `session view --json` shows them, each with the session's id. */
export async function* actionLines(memory: Memory, session: string): AsyncGenerator<string> {
  for await (const { sessionId, actions } of eachPage(memory, { session })) {
    for (const action of actions) yield `${JSON.stringify(toSnakeCase({ sessionId, ...action }))}\n`
  }
}
