import { invalid } from '../memory/options.js'
import { resolveModel, type ResolvedModel } from '../providers/model.js'

/** The models that a replay asks. All are resolved before anything is asked, so that a wrong name costs nothing. `offline`: no key is needed. */
export function resolveModels(names: readonly string[], baseUrl: string | undefined, offline: boolean): ResolvedModel[] {
  const models = names.map((name) => resolveModel(name, { baseUrl, offline }))
  const labels = models.map(({ label }) => label)
  const twice = labels.find((label, index) => labels.indexOf(label) !== index)
  if (twice !== undefined) throw invalid(`sessionReplay: useModel names ${twice} twice`)
  if (baseUrl !== undefined && new Set(models.map(({ provider }) => provider)).size > 1) {
    throw invalid('sessionReplay: baseUrl is the server of one provider, and useModel names several', "Set each provider's own variable instead.")
  }
  return models
}
