/** Logistic regression with an L2 penalty, and with the sign of each weight fixed beforehand where one is given. */

export interface Row {
  values: readonly number[]
  target: 0 | 1
  weight: number
}

/** 1: the weight may only be positive, -1: only negative, 0: either. */
export type Sign = 1 | -1 | 0

export interface Model {
  intercept: number
  weights: number[]
}

const STEPS = 1200
const RATE = 0.5
const MOMENTUM = 0.95

/** Gradient descent with momentum; the same rows give the same model. Both classes count the same in sum. */
export function fitLogistic(rows: readonly Row[], signs: readonly Sign[], penalty: number): Model {
  const width = signs.length
  const values = Float64Array.from(rows.flatMap((row) => [...row.values]))
  const sumOf = (target: 0 | 1) => rows.reduce((sum, row) => sum + (row.target === target ? row.weight : 0), 0)
  const shares = [0.5 / sumOf(0), 0.5 / sumOf(1)] as const
  const weights = new Float64Array(width)
  const speed = new Float64Array(width + 1)
  const gradient = new Float64Array(width + 1)
  let intercept = 0
  for (let step = 0; step < STEPS; step++) {
    gradient.fill(0)
    rows.forEach(({ target, weight }, row) => {
      let sum = intercept
      for (let index = 0; index < width; index++) sum += weights[index]! * values[row * width + index]!
      const error = (1 / (1 + Math.exp(-sum)) - target) * shares[target] * weight
      for (let index = 0; index < width; index++) gradient[index]! += error * values[row * width + index]!
      gradient[width]! += error
    })
    for (let index = 0; index <= width; index++) {
      const pull = index < width ? penalty * weights[index]! : 0
      speed[index] = MOMENTUM * speed[index]! - RATE * (gradient[index]! + pull)
    }
    intercept += speed[width]!
    signs.forEach((sign, index) => {
      const moved = weights[index]! + speed[index]!
      weights[index] = sign === 0 ? moved : sign > 0 ? Math.max(0, moved) : Math.min(0, moved)
      if (weights[index] !== moved) speed[index] = 0
    })
  }
  return { intercept, weights: [...weights] }
}

export function predict({ intercept, weights }: Model, values: readonly number[]): number {
  let sum = intercept
  for (let index = 0; index < weights.length; index++) sum += weights[index]! * values[index]!
  return 1 / (1 + Math.exp(-sum))
}
