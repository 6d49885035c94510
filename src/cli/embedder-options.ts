/** Which embedder a file's vectors are of, the same for every verb that makes or compares vectors. */
import type { Command } from 'commander'
import type { OpenOptions } from '../index.js'

export interface EmbedderOptions {
  embedder?: string
  embedderBaseUrl?: string
}

export function addEmbedder(command: Command): Command {
  return command
    .option('--embedder <name>', 'static (default), minilm, or provider:model such as ollama:nomic-embed-text; a file of another is refused')
    .option('--embedder-base-url <url>', "where that provider is (default: the provider's variable, or its usual address)")
}

/** The same options in the words of the API; what was not given stays out. */
export function embedderFields({ embedder, embedderBaseUrl }: EmbedderOptions): Pick<OpenOptions, 'embedder' | 'embedderBaseUrl'> {
  return { ...(embedder !== undefined && { embedder }), ...(embedderBaseUrl !== undefined && { embedderBaseUrl }) }
}
