/**
 * A stand-in server as a process, for tests that run the real CLI:
 *
 *   node dist/test/support/stand-in/main.js [--provider openai] [--port 0] [--key KEY] [--text ANSWER | --script replies.json] [--log requests.jsonl]
 *
 * Prints its base URL as the first line on stdout and runs until it is ended. `--log` appends each request as one line of
 * JSON. A script is an array of replies (see `script.ts`), used in order: `[{ "when": "revenue", "text": "…", "times": 1 }]`.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { scriptedReplies, type ScriptStep } from './script.js'
import { startStandIn } from './server.js'
import { STAND_IN_PROVIDERS, type Responder, type StandInProvider } from './types.js'

const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'openai' },
    port: { type: 'string', default: '0' },
    key: { type: 'string' },
    text: { type: 'string' },
    script: { type: 'string' },
    log: { type: 'string' },
  },
})
if (!STAND_IN_PROVIDERS.includes(values.provider as StandInProvider)) {
  process.stderr.write(`unknown provider ${values.provider}; one of ${STAND_IN_PROVIDERS.join(', ')}\n`)
  process.exit(2)
}
const steps: ScriptStep[] =
  values.script !== undefined
    ? (JSON.parse(readFileSync(values.script, 'utf8')) as ScriptStep[])
    : values.text !== undefined
      ? [{ text: values.text }]
      : []
const scripted = scriptedReplies(steps)
const reply: Responder = (request) => {
  if (values.log !== undefined) appendFileSync(values.log, `${JSON.stringify(request)}\n`)
  return scripted(request)
}
const server = await startStandIn({
  provider: values.provider as StandInProvider,
  port: Number(values.port),
  reply,
  ...(values.key === undefined ? {} : { key: values.key }),
})
process.stdout.write(`${server.baseUrl}\n`)
// The server by itself keeps no process alive.
setInterval(() => undefined, 2 ** 30)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void server.close().then(() => process.exit(0)))
