/** The page as one file that needs no server: its script and style with the data of one session in it. */

import { createHash } from 'node:crypto'
import type { ExportData } from '../../api.js'
import type { Assets } from '../assets.js'
import type { UiContext } from '../context.js'
import { Refusal } from '../problem.js'
import { actionDetail } from './action.js'
import { commitPage, fileView } from './file.js'
import { sessionDetail, timelineOf } from './sessions.js'

/** Details beyond this are left out: a browser has to read the file at once. */
const MOST_DETAIL_BYTES = 24 * 1024 * 1024

export async function exportPage(context: UiContext, query: URLSearchParams): Promise<string> {
  const session = query.get('session')
  if (!session || [...query.keys()].length !== 1) throw new Refusal(400, 'InvalidInput', 'an export is of one session: ?session=<id>')
  return pageWith(context.assets, await exportData(context, session))
}

async function exportData(context: UiContext, session: string): Promise<ExportData> {
  const detail = await sessionDetail(context, session)
  const { sessionId } = detail.session
  const base = `/api/sessions/${sessionId}`
  const timeline = await timelineOf(context, sessionId)
  const responses: ExportData['responses'] = {
    '/api/file': { ...(await fileView(context)), canAsk: false },
    '/api/commits': await commitPage(context, new URLSearchParams()),
    '/api/sessions': [detail.session],
    [base]: detail,
    [`${base}/timeline`]: timeline,
  }
  let number = 0
  for (let size = 0; number < timeline.actionCount && size < MOST_DETAIL_BYTES; number++) {
    const action = await actionDetail(context, sessionId, number)
    size += JSON.stringify(action).length
    responses[`${base}/actions/${number}`] = action
  }
  return { exportedMs: Date.now(), sessionId, actionsLeftOut: timeline.actionCount - number, responses }
}

/** No text of the data can end the element that holds it: `<` is written as JSON's escape. */
function pageWith(assets: Assets, data: ExportData): string {
  // `</script` in a script's own text is in a string or a pattern, where the backslash changes nothing.
  const script = assets.read('app.js').toString('utf8').replace(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--')
  const style = assets.read('app.css').toString('utf8')
  const json = JSON.stringify(data).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  const policy = `default-src 'none'; script-src '${sha256(script)}'; style-src '${sha256(style)}'; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`
  const html = assets.read('index.html').toString('utf8')
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy}">`
  const bare = html.replace(/<script\b[^>]*><\/script>/gi, '').replace(/<link\b[^>]*rel="?(stylesheet|modulepreload)"?[^>]*>/gi, '')
  // Functions as replacements: a `$` in the page's code means itself.
  return bare
    .replace(/<head>/i, () => `<head>${head}`)
    .replace(/<\/head>/i, () => `<style>${style}</style></head>`)
    .replace(/<\/body>/i, () => `<script type="application/json" id="memvid-export">${json}</script><script type="module">${script}</script></body>`)
}

function sha256(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
