import type { TestContext } from 'node:test'
import { startStandIn, type StandIn, type StandInOptions } from '../../support/stand-in/index.js'
import type { Workspace } from './cli.js'

/** Starts a stand-in provider, points the workspace at it, and stops it when the test ends. */
export async function useProvider(test: TestContext, workspace: Workspace, options: StandInOptions): Promise<StandIn> {
  const standIn = await startStandIn(options)
  test.after(() => standIn.close())
  Object.assign(workspace.env, standIn.env)
  return standIn
}
