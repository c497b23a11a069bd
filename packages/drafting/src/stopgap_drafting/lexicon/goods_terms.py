"""Goods as statements name them, and the family each belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.claims.claim import GoodsGroup
from stopgap_drafting.lexicon.patterns import lowered, pattern

# Longer phrases stand before shorter ones; blanks match any run of blanks. A phrase may carry an adjective before it.
_TERMS: tuple[tuple[GoodsGroup, str], ...] = (
    (GoodsGroup.OPTICAL, r"(?:electro-)?optical (?:equipment|components|parts|systems?|devices|sights|sensors|instruments|goods|items|gear)|(?:thermal |infrared |surveillance |digital )?cameras|(?:electro-)?optics|thermal (?:imag(?:ers?|ing)(?: (?:equipment|devices|cameras|sights))?|sights)|night[- ]vision(?: (?:devices|equipment|goggles))?|lens(?:es)?|optoelectronics|(?:rifle )?scopes|night[- ]vision|(?:laser )?range-?finders|(?:rifle|tank|gun|thermal|weapon) sights|periscopes|infrared (?:sensors|detectors)|fib(?:er|re)[- ]optic(?:s| cables?)"),
    (GoodsGroup.PROPELLANTS, r"nitrocellulose|(?:chemical )?precursors for (?:explosives|propellants?)|(?:Chinese )?cotton (?:for|that)|gunpowder|propellants?|(?:smokeless )?powder for (?:shells|ammunition)|explosives? precursors?|(?:rocket|solid|missile)[- ]fuel(?! motor)|(?:ammonium |sodium )?perchlorate|nitric acid|TNT|(?:explosive|gun) powder|solid propellants?|guncotton|cotton (?:pulp|linters)"),
    (GoodsGroup.SPACE_EQUIPMENT, r"space (?:equipment|technolog(?:y|ies)|capabilities|assets|components|systems|hardware)|space-based (?:capabilities|assets|technology|imagery)|(?:overhead |commercial |satellite )imagery|satellite (?:pictures|photos|navigation|imagery|technolog(?:y|ies)|components|equipment|capabilities|systems|images|data|communications)|satellites?|geospatial (?:imagery|intelligence)"),
    (GoodsGroup.MACHINE_TOOLS, r"(?:CNC |precision |computer-controlled )?machine[- ]tools?(?: (?:equipment|parts|components))?|machine tooling|(?:German|Japanese|Taiwanese|European|our|their|Western|Italian|Swiss|precision) machines|machining centers|grinding cent(?:er|re)s|CNC tools|chip(?:making|-making) tools|CNC (?:machines|equipment|tools)|(?:milling|grinding|turning) machines|lathes|(?:five-axis )?machining (?:centers?|centres?|equipment)|(?:industrial )?machinery|presses|industrial drills|tooling"),
    (GoodsGroup.MICROELECTRONICS, r"micro-?electronics?(?: components)?|semi-?conductors?(?: (?:manufacturing equipment|chips|equipment|technology|components|goods))?|(?:advanced |computer |AI |memory |high-end |dual-use )?(?:micro)?chips|integrated circuits|microprocessors|processors|circuit boards|electronic components|electronics(?: components| equipment| parts)?|transistors|(?:field-programmable gate arrays|FPGAs)|memory modules|microcontrollers|circuits|diodes|capacitors|GPUs?|(?:H20|H100|Blackwell|A100)s?|(?:[\w-]+-nanometer )?chips?(?= |[.,;:?]|$)(?! (?:in|away))|chip(?:making|-making)? (?:equipment|machines|tools|production|gear)|circuit boards?|microchips?|voltage regulators?|lithography(?: machines| equipment)?"),
    (GoodsGroup.DUAL_USE, r"dual[- ]use (?:goods|items|technolog(?:y|ies)|components|materials?|equipment|products|inputs|exports?|materiel|capabilities|parts|assistance|support|supplies|industrial goods|drones)|dual[- ]use|common high[- ]priority (?:items|goods|list)|high[- ]priority (?:items|goods|battlefield items|dual-use items)|battlefield (?:items|goods)|inputs(?: (?:for|to|into) (?:the |its |their |Russia[’']s )?(?:defen[cs]e|military|arms) (?:industry|industrial base))?|sensitive (?:goods|items|technolog(?:y|ies))|(?:common )?high[- ]priority list|(?:goods|items|technolog(?:y|ies)|products) (?:with|of|for|that have) (?:a |possible |potential )?military (?:use|uses|application|applications|end[- ]use)|military[- ]use (?:goods|items)|carbon fib(?:er|re)|(?:other )?(?:advanced|high-tech|cutting-edge|sensitive) (?:technolog(?:y|ies)|goods|equipment|gear)|gallium|germanium|navigation (?:equipment|gear)|jamming (?:equipment|gear)|quadcopters|(?:export-)?(?:controlled|restricted) (?:goods|items|technolog(?:y|ies)|tech)|(?:goods|items|technolog(?:y|ies)) (?:under|subject to) (?:export )?controls?|(?:goods|items) on the common (?:high[- ]priority )?list|(?:commercial|civilian|consumer) (?:drones|quadcopters)"),
    (GoodsGroup.COMPONENTS, r"(?:critical |key |drone |missile |weapons? |UAV |engine |aircraft |military |essential |important |Western |western |foreign |U\.S\.-origin |high-tech |electrical )?(?:components?|spare parts|parts and components|parts(?! of\b))|avionics|(?:drone|missile|aircraft|aviation|airplane|engine) parts?|(?:drone |aircraft |jet |UAV )(?:engines|motors)|engines|turbojet engines|ball bearings|bearings|sensors|motors?|subcomponents|building blocks|spindles|turbine blades|gyroscopes|antennas?|(?:navigation|guidance) (?:units?|systems|equipment|modules)|kits|voltage converters?|batteries|airframes|gearboxes|inertial sensors|accelerometers?|servo motors|controllers?(?= (?:for|in|from)\b)|spares|propellers"),
    (GoodsGroup.WEAPONS, r"(?:lethal|military|deadly) (?:aid|assistance|support|equipment|hardware|goods|supplies|capabilities|technology|materiel|help)|lethal weapons?(?: systems)?|weapons? (?:systems?|shipments?|supplies|deliveries|transfers?|packages?)|weapon(?:s|ry)?|arms|armaments?|munitions?|ammunition|ammo|artillery (?:shells|rounds|ammunition|munitions|pieces|systems)|artillery|(?:short-range |long-range |close-range |intercontinental )?(?:ballistic |cruise |guided |anti-ship |hypersonic |anti-tank |surface-to-air |air defense )?missiles?(?: (?:launchers|technology|systems|components))?|rockets?|rocket launchers|(?:attack |armed |combat |Shahed |Iranian |suicide |kamikaze |one-way attack |surveillance )?(?:drones|UAVs|unmanned aerial vehicles|unmanned aerial systems|UASs?)|(?:attack |combat |Shahed )?(?:drone|UAV)(?= (?:sales?|deliver|transfer|ship|suppl|deal|components?)|[.,;:?]|$)|(?:drone|UAV|missile|munitions?|ammunition|shell|weapons?|arms) (?:factor(?:y|ies)|plants?|assembly lines?|production lines?)|(?:nuclear|re-?entry|warhead) (?:technolog(?:y|ies)|know-how|vehicles?)|fighter planes?|(?:fighter )?jets|Sukhois?|T-\d\ds?|lethal (?:stuff|gear|systems)|Shaheds?|howitzers|tanks|fighter (?:jets|aircraft)|shells|materiel|mat[eé]riel|nuclear missile cooperation|bullets|guns|rifles|ordnance|explosives|body armou?r|warplanes|weapons systems|combat aircraft|helicopters|air defen[cs]e(?: systems)?|glide bombs|bombs|torpedo(?:es)?|submarines?|military items|armou?red vehicles|launchers|mortars|mines|warheads|(?:Fath|Fateh|Hwasong|Kinzhal|Iskander|KN-?2[345]|S-?[34]00|Su-?\d\d|MiG-?\d\d|Yak-?130|Mohajer|Zolfaghar|Ababil|Geran|Koksan|Garpiya)(?:-\d+)?(?:[’']?s)?"),
    (GoodsGroup.ENERGY, r"(?:Russian |Iranian |Venezuelan |discounted |sanctioned |cheap |seaborne |crude |Urals )*(?:crude oil|oil and gas|gas and oil|oil (?:exports?|imports?|purchases|shipments|sales|cargoes|products)|crude|oil|petroleum(?: products)?|natural gas|liquefied natural gas|LNG|pipeline gas|gas|coal|gasoline|petrochemicals|jet fuel|cargoes(?= of)|energy (?:products|supplies|exports|imports|resources|purchases|sales|trade|carriers)|energy|uranium|fuel(?! (?:the|this|its|their|Russia[’']s|Putin[’']s|to the fire|on the|for the fire))|diesel|hydrocarbons|fossil fuels)|(?:million |Russian |of )*barrels(?: of \w+)?|Urals|price cap|shadow fleet|ghost fleet|dark fleet|tankers"),
    (GoodsGroup.UNSPECIFIED, r"(?:material|economic|financial|technical|technological|industrial|logistical|critical|humanitarian|significant|non-lethal|nonlethal) (?:support|assistance|aid|help|contributions?)|goods|technolog(?:y|ies)|equipment|materials?|products|supplies|items|commodities|trade|software(?: and information technology services)?|vehicles|trucks|fertili[sz]er|timber|steel|metals|diamonds|gold|aircraft|chemicals|cars|know-how|expertise"),
)  # fmt: skip
_ALL = pattern(
    rf"\b(?:{'|'.join(f'(?P<g{k}>{lowered(terms)})' for k, (_, terms) in enumerate(_TERMS))})\b", 0
)


@dataclass(frozen=True)
class GoodsTerm:
    """Goods named in a text.

    Attributes:
        group: Family.
        start: First character.
        end: One past the last.
        phrase: As in the text, runs of blanks made one.
    """

    group: GoodsGroup
    start: int
    end: int
    phrase: str


def find_goods(text: str) -> list[GoodsTerm]:
    """Goods named in a text, in order of place; none inside another."""
    out = []
    for found in _ALL.finditer(lowered(text)):
        group = next(_TERMS[int(name[1:])][0] for name, value in found.groupdict().items() if value)
        phrase = " ".join(text[found.start() : found.end()].split())
        out.append(GoodsTerm(group, found.start(), found.end(), phrase))
    return out
