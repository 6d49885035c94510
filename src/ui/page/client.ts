/** The server's routes, or what an exported page holds in their place. */
import { useEffect, useState } from 'preact/hooks'
import type { ApiError, ExportData } from '../api.js'

const TOKEN_KEY = 'memvid-token'
let token: string | null = null

const embedded = readExport()

/** What an exported page holds; null where a server stands behind the page. */
export function exported(): ExportData | null {
  return embedded
}

/** Keeps the launch token for this tab: it is gone with it, and is never in the address again. */
export function keepToken(given: string | null): void {
  if (given) sessionStorage.setItem(TOKEN_KEY, given)
  token = given ?? sessionStorage.getItem(TOKEN_KEY)
}

/** An error of a route, with its stable code. */
export class RouteError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly hint?: string,
  ) {
    super(message)
  }
}

/** A JSON route: GET, or POST where there is a body. Throws `RouteError`. */
export async function request<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  if (embedded) {
    if (body === undefined && Object.hasOwn(embedded.responses, path)) return embedded.responses[path] as T
    throw new RouteError('NotExported', 'This is not part of the exported page.', 'Open the file with `memvid ui`.')
  }
  return (await (await send(path, body, signal)).json()) as T
}

/** As `request`, for a route that gives a text. */
export async function requestText(path: string): Promise<string> {
  return (await send(path)).text()
}

async function send(path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { authorization: `Bearer ${token ?? ''}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const init: RequestInit = { method: body === undefined ? 'GET' : 'POST', headers, cache: 'no-store' }
  if (body !== undefined) init.body = JSON.stringify(body)
  if (signal) init.signal = signal
  const response = await fetch(path, init).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new RouteError('Unreachable', 'The server does not answer.', 'Was `memvid ui` stopped? Start it again.')
  })
  if (response.ok) return response
  const { error } = (await response.json().catch(() => ({ error: { code: `${response.status}`, message: response.statusText } }))) as ApiError
  throw new RouteError(error.code, error.message, error.hint)
}

export interface Loaded<T> {
  data: T | null
  error: RouteError | null
  isLoading: boolean
}

/** A GET route's answer; a newer path drops the answer to an older one. What was there stays while the next is loaded. */
export function useRoute<T>(path: string | null): Loaded<T> {
  return useRequest<T>(path, undefined, 0)
}

/** As `useRoute`, for a POST: asked again when the body changes, after a short rest. */
export function useRequest<T>(path: string | null, body: unknown, restMs: number): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ data: null, error: null, isLoading: path !== null })
  const key = JSON.stringify(body)
  useEffect(() => {
    if (path === null) return
    const controller = new AbortController()
    setLoaded((before) => ({ ...before, isLoading: true }))
    const timer = setTimeout(() => {
      request<T>(path, body, controller.signal).then(
        (data) => controller.signal.aborted || setLoaded({ data, error: null, isLoading: false }),
        (error: unknown) => controller.signal.aborted || setLoaded({ data: null, error: asRouteError(error), isLoading: false }),
      )
    }, restMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [path, key])
  return loaded
}

function asRouteError(error: unknown): RouteError {
  return error instanceof RouteError ? error : new RouteError('Internal', error instanceof Error ? error.message : String(error))
}

function readExport(): ExportData | null {
  const text = document.getElementById('memvid-export')?.textContent
  return text ? (JSON.parse(text) as ExportData) : null
}
