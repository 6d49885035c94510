const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const

const controller = new AbortController()
let received: keyof typeof SIGNAL_NUMBERS | undefined

/** Aborted by the first Ctrl-C (or SIGTERM). Long work takes it and stops at its next safe point. */
export const interrupted: AbortSignal = controller.signal

/** The exit code that a received signal calls for, 130 for Ctrl-C; undefined when there was none. */
export function signalExitCode(): number | undefined {
  return received && 128 + SIGNAL_NUMBERS[received]
}

/** First signal: stop in good order. Second: stop at once, which the file's format allows at any time. */
export function listenForSignals(): void {
  for (const name of Object.keys(SIGNAL_NUMBERS) as (keyof typeof SIGNAL_NUMBERS)[]) {
    process.on(name, () => {
      if (received) process.exit(128 + SIGNAL_NUMBERS[name])
      received = name
      controller.abort()
    })
  }
}
