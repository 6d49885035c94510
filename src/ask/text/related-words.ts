/**
 * Groups of words that stand for one another in most paraphrases, set apart by `|`. A word may be in several groups. Used for
 * soft matches only, worth less than the word itself. Written for this project.
 */
export const SYNONYM_GROUPS = `
buy purchase acquire acquisition obtain takeover | sell sale divest | price cost value worth valuation fee charge | pay payment
spend expenditure outlay disburse | money fund funding finance cash capital sum | revenue income earnings receipts proceeds
turnover sales | profit gain surplus earnings | debt obligation liability borrowing | tax taxation duty tariff levy impost |
begin start commence launch initiate open inception onset | end finish conclude terminate close complete cease expire stop halt
| found establish create set form institute | build construct erect make construction | increase rise grow raise expand climb
boost gain growth surge jump augment enlarge | decrease decline fall drop reduce reduction lower diminish shrink cut lessen |
help aid assist support assistance relief | need require necessary requirement necessity demand | ask request urge call appeal
seek | recommend propose suggest advise urge recommendation proposal advocate | approve approval endorse ratify sanction adopt
accept pass enact | reject refuse deny decline rebuff turn | allow permit let authorize enable authority permission | forbid
prohibit ban bar outlaw prevent | stop prevent halt avert block | protect defend safeguard secure shield preserve protection
defense guard | attack assault strike invade raid | war conflict hostilities fighting battle combat | peace amity tranquility
harmony | soldier troop force army military serviceman | navy fleet naval ship vessel | ship vessel boat steamer | nation
country state | country nation land homeland | government administration authority state | congress legislature legislator
lawmaker house senate | president executive leader | law legislation act statute bill measure | treaty agreement convention pact
accord compact | deal agreement contract transaction | rule regulation decree | court tribunal judiciary judicial | judge
justice | citizen people public population inhabitant resident person national | worker employee laborer workman workforce staff
labor | job employment work position post | company firm business corporation enterprise | farmer agriculture farm agricultural
grower | crop harvest | school education college student pupil | teach educate instruct train | child kid youth young | parent
family household | doctor physician | sick ill disease illness | hospital clinic medical health | poor poverty needy | rich
wealthy wealth affluent prosperous prosperity | home house housing dwelling | city town municipality urban | road highway route
| railroad railway rail train | canal waterway | border frontier boundary | territory land region area district | immigrant
immigration migrant alien | crime criminal offense felony | guilty convicted | kill murder slay die death | die death perish
dead | hurt injure wound harm damage | destroy ruin wreck demolish | danger threat peril risk hazard threaten menace | fear
dread afraid | hope wish desire want | trust faith confidence confident | believe think opinion belief consider feel | say state
declare announce assert report tell remark claim | show demonstrate prove reveal indicate display | know aware knowledge | learn
discover find | tell inform notify advise | send dispatch transmit forward convey | receive get obtain accept | give grant
provide supply furnish bestow offer award | get obtain gain secure acquire attain | keep maintain retain preserve hold continue
| hold possess own have | leave depart withdraw exit | withdraw withdrawal pull evacuate | return restore back | move shift
transfer relocate | bring carry take transport convey | lead guide direct head | manage run administer operate oversee | join
unite merge combine union | divide split separate | change alter modify amend revise reform transform | improve better enhance
improvement strengthen progress | worsen deteriorate | repair fix mend restore | solve settle resolve settlement resolution |
decide determine resolve decision | choose select elect pick election | appoint name nominate designate | try attempt effort
endeavor seek strive | succeed achieve accomplish success attain | fail failure unsuccessful | win victory triumph defeat |
defeat beat overcome conquer | enemy foe adversary opponent | friend ally friendly partner | important significant crucial vital
essential major key critical | large big huge vast great enormous immense considerable substantial sizable | small little minor
slight tiny | quick fast rapid swift speedy prompt | new recent modern novel fresh | old ancient former previous | first initial
original | last final | former previous prior past earlier | next following subsequent later | year annual yearly annually |
month monthly | day daily | half fifty | whole entire total all complete full | total sum aggregate amount | part portion share
section | number figure count quantity | many numerous several | enough sufficient adequate | lack shortage scarcity want
absence | goods product merchandise commodity | trade commerce commercial | export ship | foreign overseas abroad international
| domestic internal home | world global globe international earth | ocean sea maritime | weapon arms gun | nuclear atomic | bomb
bombing | energy power | fuel oil petroleum gas | environment environmental climate | clean pollution | space moon | science
scientific scientist research | technology technological | plan program project scheme initiative strategy | aim goal purpose
objective target intend | duty responsibility obligation | right privilege freedom liberty | free liberty freedom | equal
equality equitable | fair just justice | problem issue difficulty trouble challenge | cause reason lead result | effect result
outcome consequence impact | result consequence outcome follow | answer reply respond response | question query inquiry ask |
meet meeting gather assemble | visit travel go trip | live reside dwell | eat food | drink water | use employ utilize usage |
happen occur take | continue remain persist stay | become grow turn | appear seem | include contain comprise | consist compose
comprise | need must | hard difficult tough | easy simple | safe secure security safety | strong powerful mighty strength | weak
feeble | true real actual genuine | false untrue | good fine excellent | bad poor ill | happy glad pleased delighted gratified
gratifying satisfaction | sad sorry regret | thank grateful gratitude thanks | honor respect esteem | praise commend applaud |
criticize blame condemn | agree consent concur | disagree oppose differ | oppose resist opposition against | limit restrict cap
restriction | estimate forecast project expect predict anticipate | expect anticipate await | double twice twofold | triple
threefold | halve half | bank banking | loan lend credit | budget appropriation spending | deficit shortfall | inflation prices
| wage pay salary earnings compensation | insurance coverage | pension retirement | slave slavery | indian tribe native | black
african negro | woman female women | man male men | vote ballot election suffrage | party political | speech address message
talk | write author pen | book publication | picture photo image | film movie | song music | game match | team squad club |
player athlete | situate locate lie location located | near close nearby | between among | because due since owing | about
approximately roughly nearly almost around | more additional further extra | only sole merely just | also additionally | often
frequent frequently | quickly soon promptly | annex annexation incorporate | ratify ratification | mail post postal | officer
official | base headquarter | headquarters based | invent create devise inventor | release publish issue unveil launch | ceo
executive chief | chairman head chair
`

/** Opposites. A claim that uses one where its evidence uses the other, in the same place, says the contrary. */
export const ANTONYM_PAIRS = `
increase:decrease increase:reduce increase:decline increase:fall increase:drop rise:fall rise:decline rise:drop rise:decrease
grow:shrink grow:decline raise:lower raise:reduce raise:cut expand:contract expand:reduce expand:shrink gain:loss gain:lose
growth:decline success:failure succeed:fail successful:unsuccessful win:lose victory:defeat accept:reject accept:refuse
approve:reject approve:disapprove approve:veto allow:forbid allow:prohibit permit:prohibit permit:forbid support:oppose
support:reject favor:oppose agree:disagree agree:refuse begin:end start:stop start:end begin:cease begin:finish open:close
continue:stop continue:cease continue:end join:leave enter:leave arrive:depart admit:deny grant:deny grant:refuse confirm:deny
affirm:deny include:exclude buy:sell purchase:sell import:export borrow:lend lend:borrow strengthen:weaken strong:weak
strength:weakness improve:worsen improvement:deterioration better:worse good:bad best:worst peace:war peaceful:warlike
friendly:hostile friend:enemy ally:enemy friendship:hostility rich:poor wealth:poverty prosperity:depression prosperous:depressed
abundant:scarce abundance:scarcity plenty:shortage surplus:deficit surplus:shortage profit:loss asset:liability credit:debit
income:expenditure receipts:expenditures high:low higher:lower highest:lowest large:small larger:smaller largest:smallest
great:small long:short old:new old:young early:late more:less more:fewer most:least many:few major:minor maximum:minimum
majority:minority above:below over:under before:after first:last former:latter north:south east:west northern:southern
eastern:western domestic:foreign internal:external public:private legal:illegal lawful:unlawful constitutional:unconstitutional
just:unjust fair:unfair equal:unequal possible:impossible able:unable necessary:unnecessary important:unimportant safe:dangerous
safe:unsafe secure:insecure true:false right:wrong correct:incorrect clear:unclear certain:uncertain known:unknown
complete:incomplete sufficient:insufficient adequate:inadequate satisfactory:unsatisfactory favorable:unfavorable
fortunate:unfortunate happy:unhappy willing:unwilling hope:fear optimism:pessimism confidence:doubt trust:distrust
satisfaction:dissatisfaction protect:endanger preserve:destroy build:destroy create:destroy establish:abolish enact:repeal
adopt:abandon adopt:reject keep:abandon maintain:abandon encourage:discourage promote:hinder help:hinder help:harm benefit:harm
advantage:disadvantage unite:divide union:disunion cooperation:conflict free:enslaved freedom:slavery liberty:tyranny
attack:defend advance:retreat present:absent presence:absence remember:forget love:hate praise:condemn praise:criticize
reward:punish innocent:guilty rapid:slow fast:slow quick:slow easy:difficult easy:hard simple:complex cheap:expensive light:heavy
full:empty wide:narrow temporary:permanent voluntary:compulsory direct:indirect likely:unlikely common:rare always:never all:none
balanced:unbalanced employed:unemployed employment:unemployment efficient:inefficient effective:ineffective respect:contempt
accelerate:slow accelerate:delay hasten:delay tighten:relax tighten:loosen tight:loose win:surrender save:waste save:spend
attract:repel inside:outside top:bottom up:down upward:downward male:female man:woman husband:wife birth:death alive:dead live:die
active:inactive enable:disable enabled:disabled acquire:sell acquire:divest hire:fire profitable:unprofitable safer:riskier
return:leave twice:half double:half triple:half believe:doubt widen:narrow lengthen:shorten longer:shorter deep:shallow loud:quiet
calm:anxious please:disappoint hopeful:hopeless brave:cowardly generous:selfish careful:careless modern:ancient urban:rural
gather:scatter lead:follow summer:winter morning:evening employer:employee buyer:seller landlord:tenant plaintiff:defendant
supplier:customer teacher:student inbound:outbound upload:download push:pull lock:unlock accept:decline ascend:descend
ascent:descent wet:dry hot:cold warm:cool warm:cold thick:thin tall:short near:far clean:dirty bright:dark add:remove
attach:detach daily:weekly daily:monthly daily:yearly weekly:monthly weekly:yearly monthly:yearly spring:autumn monday:tuesday
left:right front:back inner:outer recognize:ignore obey:disobey praise:fault praise:blame like:dislike narrow:widen shrink:widen
rise:lower vote:abstain wise:foolish noble:base useful:useless harmful:harmless kind:cruel gentle:harsh proud:ashamed calm:violent
steady:erratic stable:volatile boom:slump bull:bear healthy:sick sober:drunk urgent:trivial heavy:slight severe:mild
common:unusual ordinary:extraordinary natural:artificial original:copy real:fake winner:loser victor:loser superior:inferior
superiority:inferiority senior:junior optimist:pessimist
`
