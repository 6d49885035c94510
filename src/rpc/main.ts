#!/usr/bin/env node
/** `memvid-rpc`: the protocol of format-spec/rpc.md over standard input and output, for SDKs in other languages. */
import { serve } from './server.js'

// Standard output belongs to the protocol: a stray line in it would end the connection.
console.log = console.error
console.info = console.error
console.debug = console.error

// A terminal's Ctrl-C reaches the whole process group. What it means is the client's to say: it cancels, or closes the input.
process.on('SIGINT', () => {})

void serve(process.stdin, process.stdout).then((code) => (process.exitCode = code))
