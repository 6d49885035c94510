/** A replay as JUnit XML, a test case a step, as CI servers read it. */
import type { Divergence, ReplayResult, ReplayStep, ReplayVerdict } from '../../index.js'
import { stepLines, type StepStyle } from './replay.js'

const NAME_LENGTH = 200
/** What XML 1.0 can't hold, even escaped. Colours of a terminal are taken out whole before. */
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const COLOUR = /\u001b\[[0-9;]*m/g
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;', '\r': '&#13;', '\t': '&#9;' }

function clean(text: string): string {
  return text.replace(COLOUR, '').replace(UNWRITABLE, '\ufffd')
}

function attribute(name: string, value: string | number): string {
  return ` ${name}="${clean(String(value)).replace(/[&<>"\n\r\t]/g, (character) => ENTITIES[character]!)}"`
}

function content(text: string): string {
  return clean(text).replace(/[&<>\r]/g, (character) => ENTITIES[character]!)
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}

function caseName({ step, kind, ask, find, frozen }: ReplayStep): string {
  const about = ask?.question ?? find?.query ?? frozen?.query
  const name = `step ${step} ${kind}${about === undefined ? '' : `: ${about}`}`
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH)}…`
}

function outcome(step: ReplayStep, divergence: Divergence | undefined, style: StepStyle): string[] {
  if (divergence) {
    const tag = divergence.reason === 'failed' ? 'error' : 'failure'
    const body = content(stepLines(step, { ...style, verbose: true }).join('\n'))
    return [`<${tag}${attribute('type', divergence.reason)}${attribute('message', divergence.note)}>${body}</${tag}>`]
  }
  if (step.status !== 'SKIPPED' && step.status !== 'NOT CHECKED') return []
  return [`<skipped${attribute('message', step.note ?? step.status)}/>`]
}

function testCase(step: ReplayStep, divergence: Divergence | undefined, group: string, style: StepStyle): string {
  const opening = `<testcase${attribute('classname', group)}${attribute('name', caseName(step))}${attribute('time', seconds(step.durationMs))}`
  const inner = outcome(step, divergence, style)
  return inner.length === 0 ? `    ${opening}/>` : `    ${opening}>${inner.join('')}</testcase>`
}

/** A replay that did not come to its end must not look like one that passed. */
function stopCase({ stopped }: ReplayResult, group: string): string[] {
  if (!stopped || stopped.reason === 'mismatch') return []
  const opening = `<testcase${attribute('classname', group)}${attribute('name', 'the replay came to its end')}${attribute('time', '0.000')}>`
  return [`    ${opening}<error${attribute('type', stopped.reason)}${attribute('message', stopped.note)}></error></testcase>`]
}

export function junitXml(result: ReplayResult, { outcome, divergences }: ReplayVerdict, style: StepStyle): string {
  const byStep = new Map(divergences.map((divergence) => [divergence.step, divergence]))
  const group = `memvid.${result.name}`
  const stop = stopCase(result, group)
  const errors = divergences.filter(({ reason }) => reason === 'failed').length
  const skipped = result.steps.filter(({ step, status }) => !byStep.has(step) && (status === 'SKIPPED' || status === 'NOT CHECKED')).length
  const counts = [
    attribute('tests', result.steps.length + stop.length),
    attribute('failures', divergences.length - errors),
    attribute('errors', errors + stop.length),
    attribute('skipped', skipped),
    attribute('time', seconds(result.durationMs)),
  ].join('')
  const facts = { session: result.sessionId, mode: result.mode, outcome }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${counts}>`,
    `  <testsuite${attribute('name', result.name)}${counts}>`,
    '    <properties>',
    ...Object.entries(facts).map(([name, value]) => `      <property${attribute('name', name)}${attribute('value', value)}/>`),
    '    </properties>',
    ...result.steps.map((step) => testCase(step, byStep.get(step.step), group, style)),
    ...stop,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}
