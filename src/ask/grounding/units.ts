/**
 * Words for numbers and units. A measured quantity is brought to the base unit of its dimension, so that "90 minutes" and
 * "1.5 hours" are the same value; currencies and percentages are dimensions of their own.
 */

const pairs = (list: string): [string, number][] =>
  list.trim().split(/\s+/).map((pair) => {
    const at = pair.indexOf(':')
    return [pair.slice(0, at), Number(pair.slice(at + 1))]
  })

export const NUMBER_WORDS: ReadonlyMap<string, number> = new Map(
  pairs(`zero:0 one:1 two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 eleven:11 twelve:12 thirteen:13
  fourteen:14 fifteen:15 sixteen:16 seventeen:17 eighteen:18 nineteen:19 twenty:20 thirty:30 forty:40 fifty:50 sixty:60
  seventy:70 eighty:80 ninety:90`)
)

export const MULTIPLIERS: ReadonlyMap<string, number> = new Map(
  pairs(`hundred:100 hundreds:100 dozen:12 dozens:12 thousand:1e3 thousands:1e3 million:1e6 millions:1e6 billion:1e9
  billions:1e9 trillion:1e12 trillions:1e12 mn:1e6 bn:1e9 tn:1e12 mln:1e6 bln:1e9`)
)

/** Letters glued to a number: `2B`, `5k`. `m` alone is million after a currency sign only; elsewhere it is metres. */
export const SUFFIXES: ReadonlyMap<string, number> = new Map(pairs('k:1e3 K:1e3 M:1e6 mn:1e6 mm:1e6 MM:1e6 B:1e9 b:1e9 bn:1e9 Bn:1e9 BN:1e9 T:1e12 tn:1e12'))

export const ORDINAL_WORDS: ReadonlyMap<string, number> = new Map(
  pairs(`first:1 second:2 third:3 fourth:4 fifth:5 sixth:6 seventh:7 eighth:8 ninth:9 tenth:10 eleventh:11 twelfth:12
  thirteenth:13 fourteenth:14 fifteenth:15 sixteenth:16 seventeenth:17 eighteenth:18 nineteenth:19 twentieth:20`)
)

export const FRACTION_WORDS: ReadonlyMap<string, number> = new Map(
  pairs(`half:2 halves:2 third:3 thirds:3 quarter:4 quarters:4 fourth:4 fourths:4 fifth:5 fifths:5 sixth:6 sixths:6 seventh:7
  sevenths:7 eighth:8 eighths:8 ninth:9 ninths:9 tenth:10 tenths:10 twelfth:12 twentieth:20 hundredth:100`)
)

export const MONTHS: ReadonlyMap<string, number> = new Map(
  pairs(`january:1 february:2 march:3 april:4 may:5 june:6 july:7 august:8 september:9 october:10 november:11 december:12
  jan:1 feb:2 mar:3 apr:4 jun:6 jul:7 aug:8 sept:9 sep:9 oct:10 nov:11 dec:12`)
)

export const CURRENCY_SIGNS: ReadonlyMap<string, string> = new Map([['$', 'dollar'], ['€', 'euro'], ['£', 'pound'], ['¥', 'yen']])
export const CURRENCY_WORDS: ReadonlyMap<string, string> = new Map([
  ['dollar', 'dollar'], ['dollars', 'dollar'], ['usd', 'dollar'], ['euro', 'euro'], ['euros', 'euro'], ['eur', 'euro'],
  ['pound', 'pound'], ['pounds', 'pound'], ['gbp', 'pound'], ['yen', 'yen'], ['jpy', 'yen'], ['cents', 'cent'], ['cent', 'cent'],
  ['美元', 'dollar'], ['欧元', 'euro'], ['日元', 'yen'], ['元', 'yuan'], ['人民币', 'yuan']
])

/** Chinese and Japanese magnitudes behind a number. */
export const CJK_MULTIPLIERS: ReadonlyMap<string, number> = new Map([['十', 10], ['百', 100], ['千', 1e3], ['万', 1e4], ['萬', 1e4], ['亿', 1e8], ['億', 1e8], ['兆', 1e12]])

const UNIT_TABLE: readonly [dimension: string, units: string][] = [
  ['length', 'mm:0.001 cm:0.01 m:1 meter:1 meters:1 metre:1 metres:1 km:1000 kilometer:1000 kilometers:1000 kilometre:1000 kilometres:1000'],
  ['mass', 'mg:0.001 g:1 gram:1 grams:1 kg:1000 kilogram:1000 kilograms:1000 tonne:1e6 tonnes:1e6'],
  ['duration', `ms:0.001 millisecond:0.001 milliseconds:0.001 sec:1 secs:1 second:1 seconds:1 min:60 mins:60 minute:60 minutes:60
    hr:3600 hrs:3600 hour:3600 hours:3600 day:86400 days:86400 week:604800 weeks:604800`],
  ['calendar', 'month:1 months:1 year:12 years:12 decade:120 decades:120 century:1200 centuries:1200'],
  ['power', 'W:1 watt:1 watts:1 kW:1e3 kilowatt:1e3 kilowatts:1e3 MW:1e6 megawatt:1e6 megawatts:1e6 GW:1e9 gigawatt:1e9 gigawatts:1e9'],
  ['energy', 'kWh:1e3 MWh:1e6 GWh:1e9 TWh:1e12'],
  ['data', 'KB:1e3 kilobyte:1e3 kilobytes:1e3 MB:1e6 megabyte:1e6 megabytes:1e6 GB:1e9 gigabyte:1e9 gigabytes:1e9 TB:1e12 terabyte:1e12 terabytes:1e12']
]

export interface Unit {
  dimension: string
  factor: number
}

/** Unit words, by their spelling (`MB`) or in lower case. */
export const UNITS: ReadonlyMap<string, Unit> = new Map(
  UNIT_TABLE.flatMap(([dimension, list]) => pairs(list).map(([name, factor]): [string, Unit] => [name, { dimension, factor }]))
)

export const ABOUT_WORDS: ReadonlySet<string> = new Set(
  'about around approximately roughly nearly almost approx circa some close'.split(' ')
)
export const OVER_WORDS: ReadonlySet<string> = new Set(['over', 'above', 'exceeding', 'exceeded', 'exceeds', 'least'])
export const UNDER_WORDS: ReadonlySet<string> = new Set(['under', 'below', 'most'])
