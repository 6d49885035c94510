/**
 * Compact word lists of English that the splitter, the grounding scorer and the extractive answerer share. Each is written
 * as one string and built into a set or map when the module loads; together they are a few kilobytes.
 */

const words = (list: string): string[] => list.trim().split(/\s+/)

const STOP_WORDS = new Set(
  words(`a an the this that these those it its itself he him his himself she her hers herself they them their theirs themselves
  we us our ours ourselves you your yours yourself i me my mine myself who whom whose which what where when why how there here
  is am are was were be been being has have had having do does did doing done will would shall should may might must can could
  cannot ought not no nor neither and or but if then else so as than of in on at by for with from to into onto upon within
  without about above below over under between among through during before after against out up down off again further once
  both each either every all any some such same other another own only just also too very more most much many few less least
  while because until although though since whether whereas however therefore thus hence yet still even ever never per via
  i'm i've i'd i'll it's that's there's he's she's they're we're you're we've they've you've let's s t`)
)

export function isStopWord(lower: string): boolean {
  return STOP_WORDS.has(lower)
}

/** Verbs and nouns so common that a shared one proves little; they count, but less than other content words. */
export const LIGHT_STEMS: ReadonlySet<string> = new Set(
  words(`make take get go come give put say said tell know think see look want like use find keep let seem becom happen
  thing way lot kind sort part time year dai peopl man well good great new first last long right also call show mean includ
  provid state accord document context text report mention follow note describ refer sure ye realli actual probabl ani
  everi two one three number amount area case fact exampl place now todai current onc alreadi alwai speaker author writer articl
  passag text file page section`)
)

/** Contracted negations, with the verb that is left when the negation is taken off. */
export const CONTRACTION_NEGATORS: ReadonlyMap<string, string> = new Map(
  words(`don't:do doesn't:does didn't:did isn't:is aren't:are wasn't:was weren't:were hasn't:has haven't:have hadn't:had
  won't:will wouldn't:would can't:can couldn't:could shouldn't:should mustn't:must needn't:need mightn't:might ain't:is
  cannot:can shan't:shall`).map((pair) => pair.split(':') as [string, string])
)

/** Irregular forms and the word that they come from. */
export const IRREGULAR_FORMS: ReadonlyMap<string, string> = new Map(
  words(`became:become began:begin begun:begin bought:buy brought:bring built:build came:come caught:catch chose:choose
  chosen:choose dealt:deal drew:draw drawn:draw drove:drive driven:drive fell:fall fallen:fall felt:feel fled:flee fought:fight
  found:find forbade:forbid forbidden:forbid forgot:forget forgotten:forget froze:freeze frozen:freeze gave:give given:give
  went:go gone:go grew:grow grown:grow held:hold heard:hear hid:hide hidden:hide kept:keep knew:know known:know laid:lay led:lead
  left:leave lent:lend lost:lose made:make meant:mean met:meet paid:pay ran:run rose:rise risen:rise said:say sang:sing saw:see
  seen:see sent:send shook:shake shaken:shake shot:shoot shown:show shrank:shrink shrunk:shrink sold:sell sought:seek spent:spend
  spoke:speak spoken:speak stood:stand stole:steal stolen:steal struck:strike stricken:strike swore:swear sworn:swear
  swept:sweep taught:teach thought:think threw:throw thrown:throw told:tell took:take taken:take tore:tear torn:tear
  understood:understand undertook:undertake undertaken:undertake withdrew:withdraw withdrawn:withdraw woke:wake won:win wore:wear
  worn:wear wrote:write written:write overcame:overcome arose:arise arisen:arise bore:bear borne:bear born:bear bound:bind
  broke:break broken:break bred:breed burnt:burn clung:cling crept:creep ate:eat eaten:eat flew:fly flown:fly forgave:forgive
  got:get gotten:get hung:hang lit:light meantime:meanwhile rang:ring rode:ride ridden:ride sank:sink sunk:sink slept:sleep
  slid:slide sprang:spring stuck:stick swam:swim swung:swing wound:wind wove:weave woven:weave
  better:good best:good worse:bad worst:bad men:man women:woman children:child people:people feet:foot teeth:tooth mice:mouse
  lives:life wives:wife knives:knife leaves:leave halves:half analyses:analysis crises:crisis criteria:criterion
  larger:large largest:large bigger:big biggest:big higher:high highest:high lower:low lowered:low lowers:low lowering:low
  lowest:low added:add adds:add adding:add greater:great greatest:great
  smaller:small smallest:small longer:long longest:long stronger:strong strongest:strong earlier:early earliest:early
  later:late latest:late older:old oldest:old newer:new newest:new faster:fast fastest:fast
  jan:january feb:february apr:april jun:june jul:july aug:august sept:september sep:september oct:october nov:november
  dec:december co:company corp:corporation inc:incorporated ltd:limited govt:government
  km:kilometer kilometre:kilometer kilometres:kilometer metre:meter metres:meter kg:kilogram kgs:kilogram hrs:hour hr:hour
  min:minute mins:minute sec:second secs:second centre:center theatre:theater defence:defense offence:offense programme:program
  programmes:program cheque:check catalogue:catalog dialogue:dialog grey:gray tyre:tire travelled:travel travelling:travel`).map(
    (pair) => pair.split(':') as [string, string]
  )
)

/** People and languages, and the country that they belong to. */
export const DEMONYMS: ReadonlyMap<string, string> = new Map(
  words(`american:u.s. americans:u.s. america:u.s. mexican:mexico mexicans:mexico british:u.k. briton:u.k. britons:u.k. britain:u.k.
  english:england french:france spanish:spain spaniards:spain german:germany germans:germany italian:italy italians:italy
  russian:russia russians:russia chinese:china japanese:japan canadian:canada canadians:canada cuban:cuba cubans:cuba
  iraqi:iraq iraqis:iraq iranian:iran iranians:iran afghan:afghanistan afghans:afghanistan korean:korea koreans:korea
  vietnamese:vietnam european:europe europeans:europe african:africa africans:africa asian:asia asians:asia soviet:soviet
  soviets:soviet israeli:israel israelis:israel egyptian:egypt egyptians:egypt turkish:turkey greek:greece polish:poland
  portuguese:portugal brazilian:brazil chilean:chile peruvian:peru colombian:colombia venezuelan:venezuela indian:india
  texan:texas californian:california prussian:prussia austrian:austria dutch:netherlands swiss:switzerland swedish:sweden
  danish:denmark norwegian:norway irish:ireland scottish:scotland haitian:haiti nicaraguan:nicaragua panamanian:panama
  philippine:philippines filipino:philippines filipinos:philippines hawaiian:hawaii palestinian:palestine palestinians:palestine
  eastern:east western:west northern:north southern:south syrian:syria ukrainian:ukraine ukrainians:ukraine australian:australia belgian:belgium belgians:belgium hungarian:hungary hungarians:hungary romanian:romania bulgarian:bulgaria
  czech:czechia serbian:serbia serbs:serbia croatian:croatia finnish:finland icelandic:iceland estonian:estonia latvian:latvia
  lithuanian:lithuania slovenian:slovenia slovak:slovakia albanian:albania maltese:malta cypriot:cyprus georgian:georgia
  pakistani:pakistan thai:thailand indonesian:indonesia malaysian:malaysia singaporean:singapore mongolian:mongolia nepali:nepal
  nepalese:nepal kazakh:kazakhstan argentine:argentina argentinian:argentina bolivian:bolivia ecuadorian:ecuador
  paraguayan:paraguay uruguayan:uruguay guatemalan:guatemala honduran:honduras jamaican:jamaica nigerian:nigeria kenyan:kenya
  ghanaian:ghana ethiopian:ethiopia moroccan:morocco algerian:algeria tunisian:tunisia libyan:libya sudanese:sudan somali:somalia
  angolan:angola namibian:namibia ugandan:uganda zambian:zambia rwandan:rwanda lebanese:lebanon jordanian:jordan kuwaiti:kuwait
  yemeni:yemen`).map((pair) => pair.split(':') as [string, string])
)

/** Shortenings that are followed by the rest of their sentence: a full stop after one never ends it. */
export const ABBREVIATIONS_INSIDE: ReadonlySet<string> = new Set(
  words(`mr mrs ms dr prof st gen sen rep gov lt col capt maj sgt hon rev pres messrs mme mlle vs viz cf e.g i.e eg ie
  fig figs eq sec no nos vol pp p ch art ed approx ca est al mt ft`)
)

/** Shortenings that may also stand at the end of a sentence: the next word decides. */
export const ABBREVIATIONS_EITHER: ReadonlySet<string> = new Set(
  words(`inc corp ltd co llc plc bros jr sr etc a.m p.m u.s u.s.a u.k u.n d.c e.u ph.d m.d b.c a.d n.y
  jan feb mar apr jun jul aug sept sep oct nov dec dept ave blvd rd`)
)

/** Words that often begin a sentence and seldom follow a shortening within one. */
export const SENTENCE_STARTERS: ReadonlySet<string> = new Set(
  words(`the a an this that these those it he she they we you i in on at by for from with as if when while after before since
  but and or so however moreover therefore although though there here our their its his her my your no not all some many most
  both each every one two what who why how where is are was were to under during because until`)
)
