"""Vocabularies that every kind of record uses (codebook, shared vocabularies)."""

from alignment_events.model.codes.base import UNDECIDED, Code, Scale


class Kind(Code):
    """What sort of record it is: four kinds of event, and the deed they are measured against."""

    MEETING = "meeting", "contact: who met whom, in person, by phone or by letter"
    AGREEMENT = "agreement", "promise: an instrument that parties signed or announced as agreed"
    STATEMENT = "statement", "words: public, or reported by the side that spoke or was addressed"
    GAP = "gap", "shortfall: conduct or words that fall short of a yardstick that can be opened"
    DEED = "deed", "conduct: something done, moved, built, blocked or fought"


class Scope(Code):
    """Whether the record is about the alignment itself or about an answer to it."""

    CORE = (
        "core",
        "a focal state acts as a party, and another of them, the group or a shared adversary is "
        "what it is about",
    )
    RESPONSE = "response", "a third party's official act that names the alignment or an act of it"


class DatePrecision(Code):
    """How exactly the date is known."""

    DAY = "day", "start and end are exact; their difference is duration"
    WINDOW = "window", "at some time between two given days"
    MONTH = "month", "at some time in the month or months given"
    QUARTER = "quarter", "at some time in the quarter or quarters given"
    YEAR = "year", "at some time in the year or years given"


class DateBasis(Code):
    """Which event the date is the date of."""

    OCCURRED = "occurred", "the act itself"
    SIGNED = "signed", "signature of the instrument"
    IN_FORCE = "in_force", "entry into force"
    PUBLISHED = "published", "only the date of release is known"
    REPORTED = "reported", "only the date of the press report is known"


class Occurrence(Code):
    """Whether it took place."""

    PLANNED = "planned", "announced for later"
    HELD = "held", "took place"
    CANCELLED = "cancelled", "called off"
    POSTPONED = "postponed", "moved, still intended"
    ALLEGED = "alleged", "asserted by others, confirmed by no party"


class PlacePrecision(Code):
    """How exactly the place is known."""

    SITE = "site", "building, base or other named site"
    CITY = "city", "city or town"
    PROVINCE = "province", "province, region or similar unit"
    COUNTRY = "country", "country only"
    ZONE = "zone", "sea, air or border area"
    REMOTE = "remote", "call or letter: the parties were not in one place"


class Role(Code):
    """What an actor did in the event."""

    INITIATOR = "initiator", "proposed or acted first"
    PARTICIPANT = "participant", "took part, without a distinct part"
    HOST = "host", "received the others"
    VISITOR = "visitor", "travelled to the host"
    SIGNATORY = "signatory", "signed or concluded the instrument"
    SPEAKER = "speaker", "whose words these are"
    TARGET = "target", "addressed or acted upon"
    PROMISER = "promiser", "who is to act, if not the speaker"
    SUPPLIER = "supplier", "gave goods, people, money, knowledge or a service"
    RECIPIENT = "recipient", "received them"
    FORUM = "forum", "body in which it took place"
    MEDIATOR = "mediator", "brought others together"
    OBSERVER = "observer", "present, took no part"
    CONTROLLER = "controller", "state behind a firm, bank or other body"
    DEFAULTING = "defaulting", "did not do what the yardstick asks"
    AFFECTED = "affected", "bore the shortfall"


class ActorLevel(Scale):
    """Rank of the person acting, lowest first."""

    L0 = "L0", "an institution, no person named"
    L1 = "L1", "technical or local"
    L2 = "L2", "director-general, ministry spokesperson, governor, fleet or unit commander"
    L3 = (
        "L3",
        "vice-minister, ambassador, permanent representative, service commander, leader's aide "
        "or spokesman",
    )
    L4 = "L4", "minister, politburo member, chief of staff, head of a central party department"
    L5 = (
        "L5",
        "head of government, speaker, vice-president, security-council secretary, politburo "
        "standing committee, leader's envoy",
    )
    L6 = "L6", "supreme leader, head of state"
    UNKNOWN = UNDECIDED


class Sector(Code):
    """Part of the state, economy or society that an actor belongs to."""

    EXECUTIVE = "executive", "head of state or government and their offices"
    FOREIGN = "foreign", "foreign ministry and missions"
    DEFENCE = "defence", "defence ministry and armed forces"
    PARTY = "party", "organ of a ruling party"
    LEGISLATURE = "legislature", "parliament or its officers"
    ECONOMY = "economy", "ministry or agency for trade, finance, energy, transport"
    SECURITY_SERVICES = "security_services", "police, border guard, intelligence"
    STATE_FIRM = "state_firm", "firm that a state controls"
    BANK = "bank", "bank or payment institution"
    SUBNATIONAL = "subnational", "province, region or city"
    MEDIA = "media", "press, broadcaster or news agency"
    INTERNATIONAL_BODY = "international_body", "organ of an international organisation"
    OTHER = "other", "none of these"
    UNKNOWN = UNDECIDED


class Stance(Scale):
    """What the words mean for a target, from open opposition to open support."""

    MINUS_2 = "-2", "opposes the act itself"
    MINUS_1 = "-1", "opposes in part or by implication"
    ZERO = "0", "neither"
    PLUS_1 = "+1", "backs in part or by implication"
    PLUS_2 = "+2", "backs the act itself, unreserved"
    UNKNOWN = UNDECIDED


class Vote(Code):
    """Vote of a speaker in a recorded vote."""

    YES = "yes", "voted in favour"
    NO = "no", "voted against; in the Security Council a permanent member's no is a veto"
    ABSTAIN = "abstain", "abstained"
    ABSENT = "absent", "did not take part in the vote"
    UNKNOWN = UNDECIDED


class Theme(Code):
    """Subject matter."""

    DEFENCE = "defence", "forces, exercises, planning"
    ARMS_TECHNOLOGY = "arms_technology", "supply of weapons and dual-use goods"
    NUCLEAR_MISSILE = "nuclear_missile", "weapons programmes, tests, arms control"
    WAR_DIPLOMACY = "war_diplomacy", "a war as the subject of diplomacy"
    SANCTIONS = "sanctions", "sanctions, their enforcement and evasion"
    TRADE = "trade", "trade in goods and services"
    ENERGY = "energy", "oil, gas, coal, power"
    FINANCE = "finance", "payments, credit, currency"
    TRANSPORT_INVESTMENT = "transport_investment", "corridors, ports, projects"
    SCIENCE_SPACE_CYBER = "science_space_cyber", "science, space, cyber and digital technology"
    BORDER_PEOPLE = "border_people", "frontier, labour, migration, tourism"
    ORDER = "order", "UN, BRICS, SCO, norms of international order"
    REGIME_SECURITY = "regime_security", "domestic stability, policing, counter-terrorism"
    IDEOLOGY_MEDIA = "ideology_media", "party ties, history, information"
    SOCIETY = "society", "culture, education, health, sport, relief"


class Arena(Code):
    """Region or conflict that the event is about."""

    UKRAINE = "ukraine", "Russia's war against Ukraine"
    KOREA = "korea", "security of the Korean peninsula"
    TAIWAN = "taiwan", "Taiwan and its strait"
    SOUTH_CHINA_SEA = "south_china_sea", "South China Sea"
    JAPAN = "japan", "Japan and the seas around it"
    CENTRAL_ASIA = "central_asia", "Central Asia"
    SOUTH_ASIA = "south_asia", "South Asia"
    MIDDLE_EAST = "middle_east", "Middle East"
    EUROPE = "europe", "Europe outside Ukraine"
    ARCTIC = "arctic", "the Arctic"
    AFRICA = "africa", "Africa"
    LATIN_AMERICA = "latin_america", "Latin America"
    GLOBAL = "global", "world order as the subject, no region in particular"


class Commitment(Scale):
    """Rung of the words when they were given, from what was knowable on that date."""

    C0 = "C0", "nothing promised"
    C1 = "C1", "affinity: praise, shared view"
    C2 = (
        "C2",
        "intention: all issuers state that they will cooperate or consult; nothing that a third "
        "person could check",
    )
    C3 = (
        "C3",
        "undertaking: an act named with an amount, a date or an executing body, so that a third "
        "person could check it; not binding",
    )
    C4 = "C4", "binding duty short of C5"
    C5 = "C5", "binding duty to defend, to host forces or to place them under joint command"
    UNKNOWN = UNDECIDED


class Enactment(Scale):
    """Rung of the conduct, as of a date."""

    E0 = "E0", "looked for, nothing observed"
    E1 = "E1", "contact: meetings"
    E2 = "E2", "routine joint act or political shield, low sunk cost"
    E3 = "E3", "transfer or operation: goods, money, technology, people, a service"
    E4 = "E4", "integration: joint planning, command, production, basing"
    E5 = (
        "E5",
        "sacrifice: casualties, or a cost that a source quantifies or a party acknowledges, borne "
        "for the partner",
    )


class Implementation(Code):
    """How far an undertaking has been carried out, as of its own date."""

    NOT_DUE = "not_due", "the time for performance has not come"
    PLEDGED = "pledged", "promise only"
    COMMITTED = "committed", "funds, contract or orders placed"
    UNDER_WAY = "under_way", "begun"
    COMPLETED = "completed", "all named acts done"
    STALLED = "stalled", "begun, no act for twelve months"
    CANCELLED = "cancelled", "given up"
    NOT_ASSESSED = "not_assessed", "nobody looked, or what was found does not decide it"


class LinkType(Code):
    """How this record stands to another; read as "this record … that record"."""

    IMPLEMENTS = "implements", "carries out that agreement or statement"
    RESPONDS_TO = "responds_to", "answers that record"
    REAFFIRMS = "reaffirms", "repeats that earlier commitment"
    CONTRADICTS = "contradicts", "is incompatible with that earlier claim"
    AMENDS = "amends", "changes that agreement"
    SUPERSEDES = "supersedes", "takes the place of that agreement"
    TERMINATES = "terminates", "ends that agreement"
    ANNOUNCES = "announces", "tells of that later record in advance"
    YARDSTICK = "yardstick", "falls short of that agreement or statement"
    SHOWN_BY = "shown_by", "is shown by that record"
    CLOSES = "closes", "ends that gap"
    PRODUCED = "produced", "that text was issued or that instrument concluded at this meeting"


class LinkBasis(Code):
    """Who says so."""

    STATED = "stated", "the actor, the text or a source says so"
    INFERRED = "inferred", "the coder concludes it"


class RecordType(Code):
    """Family of the record."""

    EVENT = "event", "meeting, agreement, statement or gap"
    DEED = "deed", "conduct"


class RecordStatus(Code):
    """Whether an id still stands for a record."""

    CURRENT = "current", "part of this version"
    WITHDRAWN = "withdrawn", "taken out, with a reason; the id is never used again"


class ChangeReason(Code):
    """Why a record was changed or withdrawn."""

    NEW_SOURCE = "new_source", "a source came to light"
    CODER_ERROR = "coder_error", "the coding was wrong"
    CODEBOOK_CHANGE = "codebook_change", "the codebook changed"
    MERGE = "merge", "two records were one"
    SPLIT = "split", "one record was two"
    OUT_OF_SCOPE = "out_of_scope", "not within the scope of the dataset"
    EXTERNAL_CORRECTION = "external_correction", "a reader or another dataset corrected it"


class ActorType(Code):
    """What an actor in the registry is."""

    STATE = "state", "a state"
    INTERNATIONAL_BODY = "international_body", "organisation of states or one of its organs"
    GROUP = "group", "informal group of states"
    FIRM = "firm", "firm"
    BANK = "bank", "bank or payment institution"
    AGENCY = "agency", "organ of a state or party that acts under its own name"
    OTHER = "other", "none of these"


class CoverageStatus(Code):
    """How completely a kind of record was looked for in a period."""

    FULL = "full", "everything within the source frame was looked for: a zero is a zero"
    PARTIAL = "partial", "looked for, not completely: no zero can be concluded"
    NONE = "none", "not looked for"
