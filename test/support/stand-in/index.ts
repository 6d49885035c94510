export { startStandIn } from './server.js'
export { scriptedReplies } from './script.js'
export * from './types.js'
