import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { inspect } from 'node:util'
import { serialize } from 'node:v8'
import { describe, it } from 'node:test'
import { pack } from 'msgpackr'
import { findSecrets, redactSecrets, scrub, Secret } from '../../src/ask/secrets.js'
import { resolveModel } from '../../src/providers/model.js'
import { STAND_IN_PROVIDERS } from '../support/stand-in/index.js'
import { assertNoKey } from '../support/canary.js'
import { CANARY, connected } from './support.js'

describe('a Secret', () => {
  const secret = new Secret(CANARY)
  const holder = { apiKey: secret, list: [secret], map: new Map([['key', secret]]) }

  it('gives its value only to reveal()', () => {
    assert.equal(secret.reveal(), CANARY)
  })

  for (const [name, write] of Object.entries<() => string | Buffer>({
    'a template string': () => `${secret}`,
    'string concatenation': () => '' + (secret as unknown as string),
    'String()': () => String(secret),
    'JSON.stringify': () => JSON.stringify(holder),
    'util.inspect with everything shown': () => inspect(holder, { depth: 9, showHidden: true, getters: true }),
    MessagePack: () => pack(holder),
    structuredClone: () => inspect(structuredClone({ ...secret }), { showHidden: true }),
    'v8.serialize': () => serialize({ ...secret }),
    'Object.entries': () => inspect([Object.entries(secret), Object.getOwnPropertyNames(secret), Reflect.ownKeys(secret)]),
    'an error with it as its cause': () => inspect(new Error('x', { cause: holder }), { depth: 9 }),
    'a resolved model': () => JSON.stringify(resolveModel('openai', { env: { OPENAI_API_KEY: CANARY } })),
  })) {
    it(`does not show in ${name}`, () => assertNoKey(write(), name))
  }

  it('does not show on the console', () => {
    const code = `import { Secret } from ${JSON.stringify(new URL('../../src/ask/secrets.js', import.meta.url).href)}
      const secret = new Secret(process.env.CANARY); console.log(secret, [secret], { secret }); console.dir(secret, { showHidden: true }); console.table([{ secret }])`
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { env: { ...process.env, CANARY } })
    assert.equal(status, 0, String(stderr))
    assert.match(String(stdout), /\[secret\]/)
    assertNoKey(Buffer.concat([stdout, stderr]), 'the console')
  })
})

describe('scrubbing', () => {
  const secrets = [new Secret(CANARY)]

  for (const [name, text] of Object.entries({
    'the key itself': `Incorrect API key provided: ${CANARY}.`,
    'the key twice, side by side': CANARY + CANARY,
    'the key in a URL': `https://x/?key=${encodeURIComponent(CANARY)}&a=1`,
    'the key in base64': Buffer.from(CANARY).toString('base64'),
    'the key in JSON in JSON': JSON.stringify(JSON.stringify({ key: CANARY })),
    'the front half': `Incorrect key ${CANARY.slice(0, 15)}...`,
    'the back half': `Incorrect key ...${CANARY.slice(-15)}`,
    'the ends around stars': `Incorrect key ${CANARY.slice(0, 7)}****${CANARY.slice(-4)}`,
  })) {
    it(`takes out ${name}`, () => {
      const scrubbed = scrub(text, secrets)
      assertNoKey(scrubbed, name)
      for (let start = 0; start + 8 <= CANARY.length; start += 1) assert.ok(!scrubbed.includes(CANARY.slice(start, start + 8)), scrubbed)
      if (name.includes('stars')) assert.equal(scrubbed, 'Incorrect key [secret]')
      assert.match(scrubbed, /\[secret\]/)
    })
  }

  it('leaves the rest as it is', () => {
    assert.equal(scrub(`Key ${CANARY} may not use gpt-4o.`, secrets), 'Key [secret] may not use gpt-4o.')
    assert.equal(scrub('Nothing secret in 日本語.', secrets), 'Nothing secret in 日本語.')
    assert.equal(scrub('a b c', [undefined, new Secret('a')]), 'a b c')
    assert.equal(scrub('', secrets), '')
  })

  it('takes out other people’s keys too', () => {
    assert.equal(scrub('see sk-proj-abcDEF0123456789abcDEF', []), 'see [secret]')
  })
})

describe('finding what looks like a key', () => {
  const letters = 'abcdefghij0123456789ABCDEFGHIJ0123456789'
  const samples: readonly [string, string][] = [
    ['openai-key', `sk-proj-${letters}`],
    ['openai-key', `sk-${letters}`],
    ['anthropic-key', `sk-ant-api03-${letters}`],
    ['google-key', `AIza${letters.slice(0, 35)}`],
    ['xai-key', `xai-${letters}`],
    ['groq-key', `gsk_${letters}`],
    ['aws-access-key', 'AKIAIOSFODNN7EXAMPLE'],
    ['github-token', `ghp_${letters.slice(0, 36)}`],
    ['slack-token', 'xoxb-123456789012-abcdefghij'],
    ['jwt', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${letters}`],
    ['private-key', `-----BEGIN RSA PRIVATE KEY-----\nMIIEow${letters}\n-----END RSA PRIVATE KEY-----`],
    ['private-key', `-----BEGIN PRIVATE KEY-----\nMIIEow${letters}\n-----END PRIVATE KEY-----`],
    ['private-key', `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz${letters}\n-----END OPENSSH PRIVATE KEY-----`],
  ]
  for (const [kind, sample] of samples) {
    it(`${kind}: ${sample.slice(0, 24).replaceAll('\n', ' ')}…`, () => {
      const text = `config: ${sample}, end`
      assert.deepEqual(findSecrets(text), [{ kind, start: 8, end: 8 + sample.length }])
      assert.equal(redactSecrets(text), 'config: [secret], end')
    })
  }

  it('is not alarmed by ordinary text', () => {
    for (const text of [
      'The sk-learn pipeline sk-learn-estimator-helpers is old.',
      'Task-based asking of risk-neutral people',
      'AKIA is a prefix. AKIASHORT1',
      'A JWT starts with eyJ and has two dots.',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      'commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      '',
    ]) {
      assert.deepEqual(findSecrets(text), [], text)
    }
  })

  it('finds several, in order, and is quick on text made to be slow', () => {
    assert.deepEqual(
      findSecrets(`AKIAIOSFODNN7EXAMPLE and sk-${letters}`).map((found) => found.kind),
      ['aws-access-key', 'openai-key'],
    )
    const startedAt = performance.now()
    for (const piece of ['sk-', 'eyJaaaaaaaaa.', '-----BEGIN PRIVATE KEY-----', 'AKIA', 'a'.repeat(50)])
      findSecrets(piece.repeat(200_000 / piece.length))
    assert.ok(performance.now() - startedAt < 2_000, `${performance.now() - startedAt} ms`)
  })
})

describe('the key through the whole of a call', () => {
  for (const provider of STAND_IN_PROVIDERS) {
    it(`shows in no answer, no error and no log (${provider})`, () =>
      connected(provider, {}, async ({ ask, fail, server, model }) => {
        const logged: string[] = []
        const originals = { ...console }
        const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }))
        for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const)
          console[name] = (...values: unknown[]) => void logged.push(inspect(values, { depth: 9 }))
        process.env['OPENAI_LOG'] = process.env['ANTHROPIC_LOG'] = 'debug'
        const written: unknown[] = [model]
        try {
          written.push(await ask(), await ask({ onToken: () => undefined }))
          for (const status of [400, 401, 403, 404, 418, 422]) {
            server.setReply(({ headers }) => ({ status, errorMessage: `refused ${JSON.stringify(headers)}` }))
            written.push(await fail(), await fail({ onToken: () => undefined }))
          }
          server.setReply(({ headers }) => ({ status: 400, rawBody: `<html>${JSON.stringify(headers)}</html>` }))
          written.push(await fail())
          server.setReply(({ headers }) => ({ text: 'x', errorAfter: 0, errorMessage: JSON.stringify(headers), errorCode: 'bad' }))
          written.push(await fail({ onToken: () => undefined }))
          server.setReply(({ headers }) => ({ rawBody: JSON.stringify(headers) }))
          written.push(await fail(), await fail({ onToken: () => undefined }))
        } finally {
          Object.assign(console, originals)
          delete process.env['OPENAI_LOG']
          delete process.env['ANTHROPIC_LOG']
          for (const { stream, write } of streams) stream.write = write
        }
        assert.ok(server.requests.every(({ headers }) => JSON.stringify(headers).includes(CANARY)))
        for (const value of written) {
          assertNoKey(JSON.stringify(value), 'JSON')
          assertNoKey(inspect(value, { depth: 12, showHidden: true }), 'inspect')
          assertNoKey(pack(value), 'MessagePack')
          if (value instanceof Error) assertNoKey(String(value.stack), 'the stack')
        }
        assertNoKey(logged.join('\n'), 'the log')
      }))
  }
})
