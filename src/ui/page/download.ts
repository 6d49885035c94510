/** Saves the export of a session: the page itself with the session's data in it. */
import { requestText } from './client.js'

export async function downloadExport(session: string, name: string): Promise<void> {
  const html = await requestText(`/api/export?session=${encodeURIComponent(session)}`)
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([html], { type: 'text/html' }))
  link.download = `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80) || 'session'}.html`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
