const WIDTH = 30
const REDRAW_MS = 100

/** A bar on stderr while a person looks on; silent otherwise. */
export interface Progress {
  update(done: number, total: number | undefined): void
  /** Removes the bar, so that what follows begins on a clean line. */
  clear(): void
}

/** Redraws at most ten times a second; `unit` names what is counted, e.g. `documents`. */
export function startProgress(unit: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update: () => {}, clear: () => {} }
  let drawnAtMs = 0
  return {
    update(done, total) {
      const nowMs = performance.now()
      if (nowMs - drawnAtMs < REDRAW_MS && done !== total) return
      drawnAtMs = nowMs
      stream.write(`\r\u001b[K${bar(done, total)} ${unit}`)
    },
    clear() {
      if (drawnAtMs > 0) stream.write('\r\u001b[K')
    },
  }
}

/** `[####      ] 4/10`, or only the count where the total is unknown. */
export function bar(done: number, total: number | undefined): string {
  if (total === undefined || total === 0) return `${done}`
  const filled = Math.min(WIDTH, Math.floor((done / total) * WIDTH))
  return `[${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done}/${total}`
}
