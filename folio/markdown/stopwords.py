"""Words that an index does not list: function words, everyday words and words about web pages. Lower case."""

from __future__ import annotations

from folio.markdown.walk import names

MONTHS_AND_DAYS = names(
    "january february march april may june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday"
)

# Function words; at the edge of a phrase they are no part of what it names.
FUNCTION = names(
    "a an the this that these those such same other another each every either neither both all any some no none few "
    "many much more most less least several enough i me my mine myself you your yours yourself he him his himself "
    "she her hers herself it its itself we us our ours ourselves they them their theirs themselves who whom whose "
    "which what when where why how whatever whoever everyone everybody everything someone somebody something anyone "
    "anybody anything nobody nothing and or but nor so yet for if unless until while whereas although though "
    "because since as than whether of in on at by to from into onto out up down off over under above below with "
    "without within between among through during before after about against around across along alongside behind "
    "beyond near toward towards upon via per like unlike despite except am is are was were be been being do does "
    "did done doing have has had having can could will would shall should may might must cannot don't doesn't "
    "didn't isn't aren't wasn't weren't won't can't couldn't wouldn't shouldn't haven't hasn't hadn't it's that's "
    "there's here's what's who's let's he's she's i'm i've i'll i'd you're you've you'll we're we've we'll they're "
    "they've they'll not never always ever often sometimes usually again also too very quite rather just only even "
    "still already now then soon here there everywhere somewhere today tomorrow yesterday tonight later earlier "
    "once twice almost maybe perhaps indeed instead however therefore thus hence meanwhile moreover furthermore "
    "otherwise besides finally yes yeah okay ok oh ah hey please thanks "
    # the commonest of other languages, for phrases in italics
    "der die das ein eine einer eines einem einen und oder nicht ist zum zur mit für von im le la les un une et ou "
    "est pas dans pour el los las una y en es il lo gli che non per"
)

# Words that begin a sentence, or a label, more often than a name. Anywhere else they may well be part of one.
BEGINNERS = names(
    "one two three four five six seven eight nine ten first second third last next part chapter section figure "
    "table step note example version day year week dear hello hi goodbye welcome thank wait stop look listen let "
    "lets get gets go goes going come comes make makes making take takes taking say says see sees seeing know knows "
    "think thinks thinking feel feels want wants need needs use uses using used try tries keep keeps seem seems "
    "become tell tells ask asks asked install move moves put puts give gives giving gave show shows meet meets met "
    "visit visits call calls called imagine consider remember add adds added adding run runs running open opens buy "
    "choose set start begin watch hear learn learning build building write writes writing wrote read reads reading "
    "create created creating introducing announcing meaning following according including considering inspired "
    "based given find finds found follow check download click press turn bring brings brought send sent leave "
    "leaves left enter return returns support supports good better best bad worse worst small right wrong true "
    "false different important real own whole entire certain sure well recent recently original originally current "
    "currently previous former early late modern ancient contemporary traditional typical various numerous "
    "countless certain fellow philosopher philosophers sociologist psychologist psychologists author authors writer "
    "writers poet poets physicist economist historian president professor artist artists musician actor director "
    "engineer engineers developer developers scientist scientists researcher researchers mathematician journalist "
    "photographer designer critic folks people users thousands millions hundreds someone"
)

# What links and emphasis say when they name nothing.
IDLE = names(
    "page post posts essay essays article articles link links site website blog code source video videos "
    "photo photos image images picture pictures talk talks slides book books list archive home work works series "
    "project front documentation docs download github gitlab pypi wikipedia details example examples info "
    "information somehow start begin end feel feeling see explore buy official inside outside together alone "
    "away back forward tried index card previous next above below more"
)
