"""Words that make a sentence a candidate: what is done, in which grammatical form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from stopgap.claims.drafting.patterns import has_han, lowered, pattern


class Form(StrEnum):
    """How a trigger ties its economies: who does it stands before a verb, owns or follows a noun, sells to a receiver."""

    VERB = "verb"
    NOUN = "noun"
    RECEIVE = "receive"
    TOPIC = "topic"


class Kind(StrEnum):
    """What a trigger is about."""

    SUPPLY = "supply"
    BACKFILL = "backfill"
    ROUTE = "route-through"
    STOP = "stop"
    BUY = "buy"
    CONSEQUENCE = "consequence"
    MEASURE = "measure"


@dataclass(frozen=True)
class Trigger:
    """One trigger in a sentence.

    Attributes:
        kind: What it is about.
        form: Verb, noun, or a verb of receiving.
        start: First character.
        end: One past the last.
        words: As in the text.
        is_weak: Whether it needs goods or a war in the sentence to count (``help``, ``support``, ``back``).
    """

    kind: Kind
    form: Form
    start: int
    end: int
    words: str
    is_weak: bool = False


_SANCTIONS = r"(?:the |these |those |our |Western |international |U\.S\. |US |EU |G7 |global |any |such |existing )*(?:economic |financial )?(?:sanctions?|export controls?|restrictions|controls|measures|price cap|embargo|penalties)"
_RULES: tuple[tuple[Kind, Form, bool, str], ...] = (
    (Kind.BACKFILL, Form.VERB, False, r"\bback-?fill(?:s|ed|ing)?\b|\bfill(?:s|ed|ing)? (?:in )?(?:the |that |this |those |these |any |a |Russia's |Western |left |in for |\w+ ){0,3}(?:gaps?|void|holes?|shortfalls?|vacuum)\b|\b(?:mak(?:e|es|ing)|made) (?:\w+ ){0,3}?up (?:\w+ )?for (?!grabs)|\bmak(?:e|es|ing) good (?:on )?(?:what|the|its)|\bcompensat\w+ (?:Russia|it|them|Moscow|Iran|for)\b|\breplac(?:e|es|ed|ing) (?:what|those|goods|imports|supplies|suppliers)\b|\b(?:able to|can|could|to) replace\b|\bin (?:the )?place of (?:the )?(?:European|Western|German|American|Japanese)\b|\bstep(?:s|ped|ping)? in with\b|\bstep(?:s|ped|ping)? into the (?:slot|gap|breach|void)\b|\breplac(?:e|es|ed|ing) (?:the )?(?:lost |European |Western |sanctioned |U\.S\. |German |those |suspended )+|\bsubstitut(?:e|es|ed|ing) for\b|\boffset(?:s|ting)? (?:the |Russia's |its |some )|\bbail(?:s|ed|ing)? (?:\w+ )?out\b|\bpick(?:s|ed|ing)? up the slack\b|\btak(?:e|es|ing) the place of\b|\b(?:took|taken) the place of\b|\blifelines?\b|\bstep(?:s|ped|ping)? in(?:to)?(?: (?:to|where|as|and|for|the))\b|\balternative (?:suppliers?|markets?|sources?)\b|\bsoften(?:s|ed|ing)? the blow\b|\b(?:blunt|cushion|mitigat|alleviat|eas)\w* (?:the )?(?:impact|effects?|blow|pain|pressure|bite) of (?:the |our |Western )?sanctions\b|\bstepped into\b|\bplug(?:s|ged|ging)? (?:the |that |this )?(?:gaps?|holes?)\b|\btop(?:s|ped|ping)? up\b"),
    (Kind.ROUTE, Form.VERB, False, rf"\b(?:evad(?:e|es|ed|ing)|avoid(?:s|ed|ing)?(?: falling under)?|escap(?:e|es|ed|ing)|circumvent(?:s|ed|ing)?|skirt(?:s|ed|ing)?|bypass(?:es|ed|ing)?|dodg(?:e|es|ed|ing)|bust(?:s|ing)?|undermin(?:e|es|ed|ing)|(?:get|gets|getting|got|work|works|working|works? (?:its|their|his) way|find ways|find a way|finding ways|go|going) (?:\w+ )?around|sidestep(?:s|ped|ping)?|undercut(?:ting)?|violat(?:e|es|ed|ing)|thwart(?:ed|ing)?|sap) {_SANCTIONS}\b|\bsanctions (?:are|get|being|were|be) (?:\w+ )?(?:evaded|circumvented|busted|dodged|undermined)\b|\btrans-?ship(?:s|ped|ping|ment|ments)?\b|\bre-?export(?:s|ed|ing|ation)?\b|\bdivert(?:s|ed|ing)?\b(?! to (?:military|battlefield|the military))|\bdiversion of\b|\bre-?rout(?:e|es|ed|ing)\b|\bfunnel(?:s|ed|ing|led|ling)?\b|\bsmuggl(?:e|es|ed|ing)\b|\bsanctions?[ -](?:evasion|evaders?|busting|circumvention)\b|\b(?:evasion|circumvention)\b|\b(?:evad(?:e|es|ed|ing)|circumvent(?:s|ed|ing)?)\b|\bship-to-ship transfers?\b|\bintermediar(?:y|ies)\b|\bmiddlem[ae]n\b|\b(?:through|via) (?:the )?(?:Gulf|Caucasus|Central Asia)\b|\bprocurement networks?\b|\b(?:get|gets|getting|got|go|goes|going|reach\w*|flow\w*|mov\w+|ship\w*|com(?:e|es|ing)|pass\w*) (?:[\w’-]+ ){{0,4}}?(?:to |into )?(?:Russia|Iran|Moscow) (?:\w+ ){{0,2}}?(?:through|via|by way of)\b|\bback[- ]?door\b|\bgo-betweens?\b|\bforward(?:s|ed|ing)\b|\bpass(?:es|ed|ing)? (?:them |it |goods |parts )?(?:on|along)\b(?! (?:the|my|our|a) (?:message|word))|\b(?:trade|shipments|exports|flows?|goods|sales|sold|bought|sent|shipped|moved|routed) (?:[\w’-]+ ){0,3}?(?:through|via)\b(?! (?:the )?(?:year|end|winter|summer|Ukrain|diplom))|\b(?:sold|sell(?:s|ing)?) (?:them |it |\w+ )?on\b(?! (?:the|a|credit|condition|time))|\bre-?sell(?:s|ing)?\b|\bre-?sold\b|\bparallel imports?\b|\b(?:in|of) transit\b|\btransit of\b|\b(?:above|over|breach of|breach|violat\w+|disregard of) the (?:oil )?(?:price )?cap\b|\bflags? of convenience\b|\b(?:get|gets|got|getting) round\b|\b(?:disguis|conceal|obscur|obfuscat)\w+ (?:the )?(?:end[- ]users?|destinations?|origins?|buyers?)|\bturntable\b|\bgateways?\b|\bworkarounds?\b|\bthrough (?:fronts|middlemen|shells|cut-?outs|distributors)\b|\bshell companies\b|\bfront companies\b|\bconduits?\b|\btransit (?:hubs?|points?|countries)\b|\b(?:through|via) (?:third|other|intermediary|neighboring) (?:countries|parties|party)\b|\b(?:shadow|ghost|dark) fleet\b|\bloopholes?\b|\blaunder(?:s|ed|ing)? (?:goods|components|technology|oil)\b|\bcircumvention\b"),
    (Kind.CONSEQUENCE, Form.NOUN, False, r"\b(?:implications and (?:the )?)?consequences?\b|\b(?:response|reaction)(?: \w+){0,5} (?:is going to|will|would) be (?:\w+ )?(?:swift|severe|strong|significant|decisive|devastating)\b|\bprepared to go further\b|\b(?:will|would|to|going to) act against\b|\blos(?:e|es|ing) (?:its|their|his|the) (?:accounts?|access|correspondent)\b|\bshut(?:ting)? (?:\w+ ){1,2}down\b|\bbe (?:\w+ )?shut down\b|\brepercussions\b|\b(?:pay|paying|pays) (?:a|the|some|any)? ?(?:\w+ )?(?:price|costs?)\b|\b(?:price|costs?) (?:to pay|for (?:China|Beijing|any|those|them|doing|that|countries|companies))\b|\b(?:impose|imposing|imposed|imposes|raise|raising) (?:\w+ ){0,2}costs?\b|\bsecondary sanctions\b|\bhold(?:ing)? (?:\w+ ){0,4}?accountable\b|\bface (?:\w+ )?(?:sanctions|penalties|costs)\b|\brisk(?:s|ing|ed)? (?:of )?(?:\w+ )?(?:sanctions|sanctioned|losing access)\b|\bsanctions risks?\b|\bredlines?\b|\bred lines?\b|\bprepared to (?:act|take|impose|use)\b|\b(?:not|n't) hesitate to (?:act|take|impose|use|sanction|target)\b|\bsubject to sanctions\b|\bat risk\b(?! (?:a|the) )|\b(?:will|would|should|going to|have to|must|could) (?:\w+ )?(?:pay|answer) for (?:it|that|this|their|its|what)\b|\bpay dearly\b|\bmake (?:it|them|him|China|Beijing|Iran|Tehran) pay\b|\b(?:expect|going) to be next\b|\b(?:will|would|could|may) be next\b|\b(?:thrown|shut|cut|kicked|locked|frozen) (?:out|off) (?:of|from) (?:our |the |its |their )?(?:\w+ ){0,2}?(?:dollar|financial system|markets?|U\.S\.|system|banking)|\b(?:shut|shutting) (?:\w+ ){1,4}?down\b|\bfind (?:itself|themselves|himself) (?:without|cut|on|under|facing|shut)\b|\bbill for it\b|\bcomes? due\b|\breckon with\b|\bnegative(?:ly)? (?:\w+ )?(?:effect|impact|affect\w*|impact\w*)(?: on)? (?:\w+ )?(?:its|their|China's|Beijing's) (?:interests|reputation)|\bnot be allowed to do business\b|\bchoose between\b|\bbe (?:sanctioned|penali[sz]ed|punished|blacklisted|designated|barred|debarred)\b|\bface (?:\w+ ){0,2}?(?:restrictions|measures|action|repercussions|punishment|prosecution|scrutiny)\b|\bfreez(?:e|es|ing) (?:the )?(?:\w+ )?assets\b|\bwithout (?:a )?(?:price|cost)\b|\b(?:swift|severe|strong|firm|forceful) (?:\w+ ){0,3}?(?:response|reaction)\b|\b(?:could|would|may|might|will) lose\b|\bblocking sanctions\b|\bexpos(?:e|es|ed|ing) (?:themselves|itself|himself) to\b|\bput(?:s|ting)? (?:themselves|itself|their \w+|its \w+) at risk\b|\bjeopardi[sz]\w+ (?:their|its)\b|\b(?:prepared|willing|going|ready) to do (?:about|if|to)\b|\bwhat (?:would|will|could|can) (?:you|the \w+(?: \w+)?|we) do (?:about|if|to)\b|\bhow (?:would|will) (?:you|the \w+(?: \w+)?|we) (?:respond|react)\b|\bmust expect\b|\bshut out of (?:our|the) markets?\b|\bpaying a price\b|\bpenalt(?:y|ies)\b|\blos(?:e|es|ing) (?:its |their |his |the )?access\b|\bsecondary tariffs\b|\btariffs? (?:on|of|against)\b|\bface (?:\w+ )?tariffs?\b|\bgrave trouble\b|\bheld to account\b|\btake (?:the |whatever |further |additional |strong(?:er)? |all )*(?:steps|actions?|measures)\b|\bcome at a (?:\w+ )?cost\b|\b(?:run|runs|face|faces) (?:the|a) (?:\w+ )?risk\b|\blosing (?:its|their) access\b|\bloss of (?:its|their) (?:access|correspondent|accounts?)\b|\bthere(?:\'s| is| will be| would be) (?:going to be )?(?:a|an) (?:\w+ )?(?:price|cost)\b"),
    (Kind.MEASURE, Form.VERB, False, r"\b(?:introduc|impos|plac|announc|add|tighten)\w* (?:[\w’-]+ ){0,4}?(?:restrictions|curbs|controls|penalties|measures) (?:on|against) (?:[\w’-]+ ){0,4}?(?:entit|compan|firms|banks|individuals|distributors)\w*|\b(?:sanctioning|sanctioned(?! (?:Russian|Iranian|North|tankers?|vessels?|ships?|goods|oil|crude|products|items|economies|individuals|parties|by))|to sanction|sanctions (?:on|against|targeting|for|package)|(?:new|additional|further|more|sweeping) (?:\w+ ){0,3}sanctions|(?:impos\w+|announc\w+|issu\w+|levy\w*|levied|put|slapp\w+) (?:\w+ ){0,5}?sanctions|designat(?:e|es|ed|ing|ions?)|blacklist(?:s|ed|ing)?|penali[sz](?:e|es|ed|ing)|punish(?:es|ed|ing)?)\b|\b(?:take|took|taken|taking|takes|further|strong) (?:\w+ ){0,2}?(?:actions?|steps|measures) (?:against|on|targeting)\b|\bcrack(?:s|ed|ing)? down\b|\bgo(?:ing|es|ne)? (?:\w+ ){0,2}?after\b|\bwent after\b|\b(?:action|package|round|order|list) (?:\w+ ){0,4}?(?:reaches|contains?|hits|covers|names)\b|\bputs? \d+ (?:\w+ )?(?:firms|companies|entities|banks|vessels) on\b|(?<!t\x20)(?<!not\x20)\btarget(?:s|ing)?\b(?! (?:any|a third))|\btargeted\b(?! at)|\bentity list\b|\bcut(?:ting)? off\b|\b(?:added|adding|add) (?:\w+ ){1,6}?to (?:the|our) (?:\w+ )?lists?\b|\badd(?:s|ed|ing) (?:[\w’,-]+ ){1,9}?to the Entity List\b|\b(?:is|are) (?:also )?(?:listed|named|identified) (?:as well|for|today)\b|\bEntity List\b|\b(?:put|placed|included) (?:[\w’,-]+ ){1,16}?(?:on|in) (?:the|our|a|its) (?:\w+ )?(?:sanctions |entity |black)?list\b|\b(?:we|have|today|has|EU|morning|also) (?:\w+ )?listed\b|\brestrict(?:s|ed|ing)? exports to\b"),
    (Kind.STOP, Form.VERB, False, r"\b(?:refus(?:e|es|ed|ing)|reject(?:s|ed|ing)?|turn(?:s|ed|ing)? down|stop(?:s|ped|ping)? (?:handling|processing|taking|accepting|clearing)|no longer (?:handle|process|take|accept|clear)) (?:[\w’-]+ ){0,3}?(?:payments?|transfers?|transactions)\b|\bclos(?:e|es|ed|ing) (?:the )?(?:\w+ )?accounts\b|\b(?:halt|block|prevent|stop|bar|forbid|ban|curb)\w* (?:the |any |all )?(?:re-?exports?|transit|transshipments?|onward)\b|\b(?:deny|denies|denied|denying|depriv\w+) (?:Putin|Russia|Moscow|the Kremlin|the Russian military|it|them|Iran|Tehran) (?:of )?\b|\bcut(?:s|ting)? (?:Russia|Moscow|them|it|Putin|Iran|the Russian \w+) off (?:from|of)\b|\b(?:may|can|could|will) no longer (?:be )?(?:deliver|sell|export|ship|buy|receive|supply|sold|exported|shipped|supplied)\w*|\b(?:may|can|must|could) not (?:be )?(?:go|sold|exported|shipped|sell|export|ship|delivered) (?:\w+ )?to (?:Russia|China|Iran|Belarus)|\brequir\w+ (?:a |an )?(?:\w+ )?licen[sc]es?\b|\bneed(?:s|ed)? a licen[sc]e\b|\b(?:will|to) (?:now )?need (?:a )?licen[sc]es?\b|\bexport-control(?:s|led|ling)?\b|\bno-Russia clause|\bchok(?:e|es|ed|ing) off\b|\btighten(?:s|ed|ing)? (?:\w+ ){0,3}exports?\b|\b(?:holding|hold|held) back (?:\w+ ){0,6}technology\b|\bout of the hands of\b|\b(?:manag|controll?|regulat|supervis)\w* (?:and \w+ )?(?:the |its )?(?:\w+ )?exports? of\b|\bexports? of (?:[\w-]+ ){0,4}?(?:articles|items|goods|drones|materials) (?:is|are) (?:\w+ )*?(?:controlled|regulated|managed)\b|\bshut(?:s|ting)? off (?:the )?(?:flow|supply|export|sale)\w*|\b(?:got|get|getting|gotten|weaned?) (?:\w+ ){0,4}off (?:of )?Russian\b|\b(?:dri(?:ed|es) up|turned off)\b|\bforbid(?:s|den|ding)? (?:the )?(?:\w+ ){0,4}?(?:use|exports?|sale|transit|import\w*)\b|\bindependen\w+ (?:of|from) Russian\b|\bexport (?:controls?|bans?|restrictions|curbs|prohibitions?|control measures)\b|\b(?:ban(?:s|ned|ning)?|halt(?:s|ed|ing)?|stop(?:s|ped|ping)?|suspend(?:s|ed|ing)?|suspension of|prohibit(?:s|ed|ing)?|block(?:s|ed|ing)?|embargo(?:es|ed)? (?:on)?|cut(?:s|ting)? off|curb(?:s|ed|ing)?|curtail(?:s|ed|ing)?|phas(?:e|es|ed|ing) out|end(?:s|ed|ing)?|restrict(?:s|ed|ing)?|limit(?:s|ed|ing)?|prevent(?:s|ed|ing)?|deny|denies|denied|denying|deprive[sd]?|depriving|wean(?:ed|ing)?|reduc(?:e|es|ed|ing)|pull(?:ed|ing)? back|wind(?:ing)? down|den(?:y|ied|ying)) (?:[\w.’'-]+ ){0,3}?(?:exports?|imports?(?:ation)?|shipments?|trade|sales?|purchases?|access to (?:\w+ ){0,4}?(?:technolog\w+|software|components|chips|semiconductors|goods|inputs)|technology|(?:Russian|Iranian) (?:\w+ )?(?:oil|gas|energy|coal|uranium|seafood|diamonds|crude|LNG|alcohol)|Russian imports?(?: of)?)\b|\b(?:restrictions?|limits?|curbs?|rules|prohibitions?) on (?:[\w-]+ ){0,6}?(?:chips?|semiconductors?|chipmaking|technolog\w+|AI|exports?|computing|tools)\b|\b(?:restrict(?:s|ing)?|(?:have|has|we) restricted) (?:[\w-]+ ){0,5}?(?:chips?|chipmaking|equipment|drones|semiconductors?|technolog\w+)\b|\b(?:prevent|keep|stop|block)(?:s|ed|ing)? (?:[\w’-]+ ){1,5}?from (?:getting|acquiring|obtaining|accessing|buying|using) (?:[\w-]+ ){0,5}?(?:chips?|semiconductors?|technolog\w+|components|goods|equipment|inputs)\b|\bcontrols? on (?:[\w-]+ ){0,4}?(?:chips?|chipmaking|equipment|tools|technolog\w+|semiconductors?|quantum)\b|\bban on (?:the )?(?:\w+ ){0,2}?(?:exports?|imports?|oil|gas|coal|sale|Russian|technology|new)\w*|\b(?:oil|import|export|energy|coal|gas|technology) (?:ban|embargo)\b|\b(?:was|were|been|has) (?:suspended|halted|sanctioned and|banned)\b|\bstopped (?:selling|buying|exporting|importing|shipping|taking|accepting|purchasing)\b|\bcontrols? (?:on|over) (?:the )?exports?\b|\bstop (?:selling|buying|exporting|importing|shipping|purchasing)\b"),
    (Kind.BUY, Form.VERB, False, r"\bg[eo]t(?:s|ting)? (?:[\w’-]+ ){1,7}?(?:oil|gas|energy|crude|LNG|coal|uranium)\b(?= (?:and \w+ )?(?:supply )?from)|\b(?:buy(?:s|ing)?|bought|purchas(?:e|es|ed|ing)|import(?:s|ed|ing)?|snapp(?:ed|ing) up|tak(?:e|es|ing)|consum(?:e|es|ed|ing)|importation|absorb(?:s|ed|ing)?|ramp(?:ed|ing)? up (?:its |their |purchases|imports|buying)|scoop(?:ed|ing)? up|load(?:ed|ing)? up on|gobbl(?:e|es|ed|ing) up|lap(?:s|ped|ping) up|snap(?:s|ped|ping) up|guzzl(?:e|es|ed|ing)|soak(?:s|ed|ing) up|stock(?:s|ed|ing) up on|hoover(?:s|ed|ing) up|refin(?:e|es|ed|ing))\b|\bsign(?:s|ed|ing)? (?:\w+ ){0,5}?(?:contracts?|deals?) for\b|\bpay(?:s|ing)? (?:\w+ ){0,2}?for\b|\bpaid for\b|\bpurchasers?\b|\bbuyers?\b|\bimporters?\b|\bcustomers?\b|\b(?:dependen(?:ce|cy|t)|relian(?:ce|t)|depends?|rel(?:y|ies|ying)|hooked) (?:so )?(?:heavily )?(?:up)?on (?:\w+ ){0,2}?(?:Russian|Iranian|Moscow|Russia's)"),
    (Kind.SUPPLY, Form.NOUN, False, r"\b(?:(?:Iranian|North Korean|Chinese|Turkish|Belarusian|DPRK)(?:[- ](?:made|supplied|built|origin|provided|produced|designed))? |(?:Iran|North Korea|China|PRC)[- ](?:made|supplied|built|origin|produced) )(?:\w+[ -]){0,2}(?:drones?|UAVs?|missiles?|munitions|ammunition|shells|artillery|weapons|weaponry|rockets|components|parts|motors?|engines?|chips|machine tools|electronics)\b"),
    (Kind.SUPPLY, Form.RECEIVE, False, r"\b(?:(?:get(?:s|ting)?|got)(?! (?:a|an|around|back|rid|ahead|done|there|to|into|out|away|through|it|that|this|off|in|on|over|up|ready|hit|better|worse|closer)\b)|buy(?:s|ing)?|bought|purchas(?:e|es|ed|ing)|procur(?:e|es|ed|ing|ement)(?: and use)? ?(?:of)?|acquir(?:e|es|ed|ing)|acquisition of|obtain(?:s|ed|ing)?|receiv(?:e|es|ed|ing)|receipt of|accept(?:s|ed|ing)?|sourc(?:e|es|ed|ing)|secur(?:e|es|ed|ing)|import(?:s|ed|ing)?|rel(?:y|ies|ied|ying) on|depend(?:s|ed|ing)? on|ask(?:s|ed|ing)? (?:for|China|Iran|Beijing|North|Tehran|the Chinese)|request(?:s|ed|ing)?|seek(?:s|ing)?|sought|look(?:s|ed|ing)? (?:to|for)|turn(?:s|ed|ing)? to|reach(?:es|ed|ing)? out to|appeal(?:s|ed|ing)? to|com(?:e|es|ing) (?:from|out of)|came (?:from|out of)|originat(?:e|es|ed|ing) (?:in|from)|draw(?:s|n|ing)? on)\b"),
    (Kind.SUPPLY, Form.VERB, False, r"\b(?:provid(?:e|es|ed|ing)|suppl(?:y|ies|ied|ying)(?! chains?)|resuppl(?:y|ies|ied|ying)|send(?:s|ing)?|sent|sell(?:s|ing)?|sold|ship(?:s|ped|ping)?|giv(?:e|es|ing|en)|gave|deliver(?:s|ed|ing)?|transfer(?:s|red|ring)?|export(?:s|ed|ing)?|furnish(?:es|ed|ing)?|equip(?:s|ped|ping)?|arm(?:s|ed|ing)? (?:Russia|Moscow|Putin|the Russian)\w*|shar(?:e|es|ed|ing)|hand(?:s|ed|ing)? over|lend(?:s|ing)?|rebuild(?:s|ing)?|rebuilt|reconstitut(?:e|es|ed|ing)|replenish(?:es|ed|ing)?|bankroll(?:s|ed|ing)?|stock(?:s|ed|ing)? up|offer(?:s|ed|ing)?|turn(?:s|ed|ing)? over|consign(?:s|ed|ing)?|truck(?:s|ed|ing)|unload(?:s|ed|ing)?|transmit\w*|pump(?:s|ed|ing)?|pour(?:s|ed|ing)?|flow(?:s|ed|ing)? (?:into|to|from)|mak(?:e|es|ing) (?:its|their) way|donat(?:e|es|ed|ing)|co-?produc(?:e|es|ed|ing)|facilitat(?:e|es|ed|ing)|enabl(?:e|es|ed|ing)|contribut(?:e|es|ed|ing)|keep(?:s|ing)? (?:\w+[’'s]* ){0,4}?(?:war machine|industry|going|running|afloat|alive|supplied)|feed(?:s|ing)?|prop(?:s|ped|ping)? up|underwrit(?:e|es|ing)|fuel(?:s|ed|ing|led|ling)|fuel (?:Russia|its|the|Putin|Moscow)\w*|sustain(?:s|ed|ing)?|bolster(?:s|ed|ing)?|allow(?:s|ed|ing)?|broker(?:s|ed|ing)?|mov(?:e|es|ed|ing) (?:to|into|it|them)|cross(?:es|ed|ing)? (?:from|into)|arriv(?:e|es|ed|ing)(?: in)?|turn(?:s|ed|ing)? up|found in (?:[\w’-]+ ){0,4}?(?:drones?|missiles?|bombs?|wreckage|debris|weapons|Shaheds?|rockets)|recovered (?:from|in)|got hold of|end(?:s|ed|ing)? up in|pass(?:es|ed|ing) (?:along|on)|forward(?:s|ed|ing)|resell(?:s|ing)?|resold|turn(?:s|ed|ing)? up in|find(?:s|ing)? (?:its|their) way|fed|going (?:in|into|to) Russia|manufactur(?:e|es|ed|ing)|churn(?:s|ed|ing)? out|ferr(?:y|ies|ied|ying)|fl(?:y|ying|own|ew) (?:\w+ )?(?:to|into))\b"),
    (Kind.SUPPLY, Form.VERB, True, r"\b(?:help(?:s|ed|ing)?|assist(?:s|ed|ing)?|aid(?:s|ed|ing)?|support(?:s|ed|ing)?|back(?:s|ed|ing)|cooperat(?:e|es|ed|ing)|collaborat(?:e|es|ed|ing)|collud(?:e|es|ed|ing)|abet(?:s|ting|ted)?|trad(?:e|es|ed|ing) with|deal(?:s|ing)? with|do(?:es|ing)? business|work(?:s|ed|ing)? with|boost(?:s|ed|ing)?|strengthen(?:s|ed|ing)?|expand(?:s|ed|ing)?|ramp(?:s|ed|ing)? up|accelerat(?:e|es|ed|ing)|build(?:s|ing)? (?:up|out)|shor(?:e|es|ed|ing) up)\b"),
    (Kind.SUPPLY, Form.NOUN, False, r"\b(?:provision|shipments?|deliver(?:y(?! systems?)|ies)|transfers?|sales?|resupply|(?:material|military|lethal|security|economic|financial|technical|industrial|weapons) (?:support|assistance|aid|help|backing)|(?:military|defen[cs]e|arms|missile|weapons|military-technical) cooperation|enablers?|suppliers?|exports?|arms deals?|arms transfers?|supply(?! chains?)|flows? of|pipeline|donors?|providers?)\b"),
    (Kind.SUPPLY, Form.NOUN, True, r"\b(?:support|assistance|help|aid|contributions?|backing|supplies)\b"),
    (Kind.SUPPLY, Form.TOPIC, True, r"\b(?:involvement|(?<!constructive\x20)(?<!responsible\x20)(?<!positive\x20)(?<!leadership\x20)role(?! (?:in|to) (?:end|bring|mediat|resolv|peace|help))|partnership|cooperation|relationship|trade|deals?|negotiations|discussions|talks)\b"),
    (Kind.STOP, Form.NOUN, True, r"\b(?:ban(?:s|ned|ning)?|embargo(?:es|ed)?|halt(?:s|ed|ing)?|stop(?:s|ped|ping)?|suspend(?:s|ed|ing)?|prohibit(?:s|ed|ing)?|block(?:s|ed|ing)?|cut(?:s|ting)?|end(?:s|ed|ing)?|eliminat(?:e|es|ed|ing)|phas(?:e|es|ed|ing)|wean(?:s|ed|ing)?|reduc(?:e|es|ed|ing)|get(?:ting)? off|mov(?:e|es|ed|ing) (?:away|off)|transition(?:ing)? (?:away|off)|choke|deny|denying|denied|depriv(?:e|es|ed|ing)|restrict(?:s|ed|ing)?|target(?:s|ed|ing)?)\b"),
)  # fmt: skip


_EITHER = pattern(r"transfers?|exports?|supplies|supply|offers?|support|help|aid|ships?")
_BEFORE_NOUN = pattern(
    r"(?:\b(?:the|its|their|his|her|our|your|these|those|any|such|of|arms|weapons?|missiles?|drones?|energy|oil|gas|technology|military|lethal|material|Iranian|Chinese|North Korean|Russian|DPRK|PRC|further|additional|in|with|for|on|from|this|that kind of)|'s|s')\s$"
)
_COMPILED = tuple((kind, form, weak, pattern(lowered(text), 0)) for kind, form, weak, text in _RULES)

_CHINESE: tuple[tuple[Kind, Form, bool, str], ...] = (
    (Kind.BACKFILL, Form.VERB, False, "填补|弥补|替代"),
    (Kind.ROUTE, Form.VERB, False, "规避制裁|逃避制裁|绕过|转运|转口|规避"),
    (Kind.CONSEQUENCE, Form.NOUN, False, "后果|代价|二级制裁|承担责任"),
    (Kind.MEASURE, Form.VERB, False, "制裁|列入|实体清单"),
    (
        Kind.STOP,
        Form.VERB,
        False,
        "出口.{0,6}管|管.{0,8}出口|审批|出口管制|禁运|禁止出口|停止进口|停止出口|管控|管制",
    ),
    (Kind.BUY, Form.VERB, False, "购买|进口|采购"),
    (Kind.SUPPLY, Form.TOPIC, True, "正常(?:经贸)?(?:往来|合作|贸易)"),
    (
        Kind.SUPPLY,
        Form.VERB,
        False,
        "组装|制造(?!者|业|商)|运武器|提供|供应|出售|输送|运送|交付|支持|援助|帮助|支援|出口",
    ),
)
_COMPILED_CHINESE = tuple((kind, form, weak, re.compile(text)) for kind, form, weak, text in _CHINESE)


def find_triggers(text: str) -> list[Trigger]:
    """Triggers of a sentence in order of place; of overlapping ones those of the earlier rule."""
    taken: list[Trigger] = []
    chinese = _COMPILED_CHINESE if has_han(text) else ()
    for table, searched in ((_COMPILED, lowered(text)), (chinese, text)):
        for kind, form, weak, compiled in table:
            for found in compiled.finditer(searched):
                if any(
                    t.start < found.end() and found.start() < t.end and t.kind != Kind.MEASURE for t in taken
                ):
                    continue
                is_noun = (
                    form == Form.VERB
                    and kind == Kind.SUPPLY
                    and _EITHER.fullmatch(found.group()) is not None
                    and _BEFORE_NOUN.search(text[max(0, found.start() - 24) : found.start()]) is not None
                )
                taken.append(
                    Trigger(
                        kind,
                        Form.NOUN if is_noun else form,
                        found.start(),
                        found.end(),
                        text[found.start() : found.end()],
                        weak,
                    )
                )
    return sorted(taken, key=lambda t: t.start)
