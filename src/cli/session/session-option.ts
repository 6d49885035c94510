import type { Command } from 'commander'

/** The session that a verb is about. */
export interface SessionOption {
  session: string
}

export function addSession(command: Command): Command {
  return command.requiredOption('--session <id>', 'its id, any unambiguous beginning of it, or its name')
}
