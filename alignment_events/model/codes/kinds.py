"""Vocabularies that belong to one kind of record each."""

from alignment_events.model.codes.base import UNDECIDED, Code, Scale


class MeetingSubtype(Code):
    """Sort of contact."""

    STATE_VISIT = "state_visit", "visit with full state protocol"
    VISIT = "visit", "other travel to the partner"
    SUMMIT = "summit", "leaders of three or more states, or a standing leaders' format"
    MECHANISM = "mechanism", "session of a standing body"
    SIDELINE = "sideline", "beside another event"
    TALKS = "talks", "other talks"
    MILITARY_CONTACT = "military_contact", "staff talks, port calls"
    CEREMONY = "ceremony", "parade, opening or commemoration attended together"


class Medium(Code):
    """How the parties were in contact."""

    IN_PERSON = "in_person", "in one place"
    PHONE = "phone", "by telephone"
    VIDEO = "video", "by video link"
    CORRESPONDENCE = "correspondence", "by letter or telegram"
    UNKNOWN = UNDECIDED


class Regularity(Code):
    """Why the contact took place when it did."""

    SCHEDULED = "scheduled", "turn of a standing series"
    ANNIVERSARY = "anniversary", "tied to a commemorative date"
    AD_HOC = "ad_hoc", "neither of a series, nor for a date, nor in a crisis"
    EMERGENCY = "emergency", "within days of a crisis"
    UNKNOWN = UNDECIDED


class Outcome(Code):
    """What came out of the contact."""

    NONE_REPORTED = "none_reported", "no result reported"
    READOUTS_ONLY = "readouts_only", "separate accounts"
    JOINT_TEXT = "joint_text", "common wording issued"
    DOCUMENTS_SIGNED = "documents_signed", "instruments concluded"
    DELIVERABLES_NAMED = "deliverables_named", "concrete results announced"
    DISAGREEMENT_REPORTED = "disagreement_reported", "a party records a difference"
    UNKNOWN = UNDECIDED


class ReadoutAsymmetry(Code):
    """How the parties' own accounts of a meeting differ."""

    NOT_ASSESSED = "not_assessed", "the accounts were not compared"
    NONE = "none", "same points"
    EMPHASIS = "emphasis", "same points, other weight"
    SUBSTANCE = "substance", "a point in one account only, or in conflict"
    ONE_SIDED = "one_sided", "only one party published an account"


class AgreementSubtype(Code):
    """Sort of instrument."""

    TREATY = "treaty", "ratified or ratifiable"
    EXECUTIVE_AGREEMENT = "executive_agreement", "between governments or their agencies"
    PROTOCOL_PLAN = "protocol_plan", "roadmap, annex, minutes, action plan"
    MOU = "mou", "memorandum of understanding"
    CONTRACT = "contract", "by firms or banks that a state controls or backs"


class LegalStatus(Code):
    """Whether the instrument binds in law."""

    BINDING = "binding", "all operative parts bind"
    NON_BINDING = "non_binding", "no part binds"
    MIXED = "mixed", "some parts bind"
    UNKNOWN = UNDECIDED


class CommitmentScope(Code):
    """How far the undertaking reaches in time and number of acts."""

    TRANSACTION = "transaction", "one act or delivery"
    PROGRAMME = "programme", "a set of acts over a time"
    STANDING = "standing", "a duty for as long as the instrument is in force"
    UNKNOWN = UNDECIDED


class Obligation(Code):
    """What the parties undertake to do."""

    DEFENCE = "defence", "fight for an attacked partner"
    OFFENCE = "offence", "join beyond defence"
    NEUTRALITY = "neutrality", "stay out"
    NON_AGGRESSION = "non_aggression", "no force between the parties"
    CONSULTATION = "consultation", "confer in a crisis"
    ACCESS_BASING = "access_basing", "use of territory"
    ARMS_SUPPLY = "arms_supply", "weapons or munitions"
    TRAINING_EXERCISE = "training_exercise", "train or drill together"
    INTELLIGENCE = "intelligence", "share information or warning"
    TECHNOLOGY = "technology", "know-how or joint research and development"
    TRADE_MARKET = "trade_market", "open or ease trade"
    ENERGY_SUPPLY = "energy_supply", "fuel or power"
    FINANCE = "finance", "lend, settle, clear or invest"
    INFRASTRUCTURE = "infrastructure", "build or link works"
    LABOUR_PEOPLE = "labour_people", "send or admit people"
    LEGAL_BORDER = "legal_border", "extradition, policing, frontier"
    SCIENCE_CULTURE = "science_culture", "study, media, arts, health, sport"
    OTHER = "other", "another, named in the note"
    UNKNOWN = UNDECIDED


class TextAccess(Code):
    """How much of the text is public."""

    FULL = "full", "the authentic text is public"
    PARTIAL = "partial", "excerpts"
    SUMMARY = "summary", "its content is told, the text is not to be had"
    UNPUBLISHED = "unpublished", "said to be withheld or not made public"
    EXISTENCE_DISPUTED = "existence_disputed", "reported, and denied or unconfirmed"
    UNKNOWN = UNDECIDED


class Delegation(Code):
    """What the parties hand to a third hand."""

    NONE = "none", "nothing"
    CONTACT_POINT = "contact_point", "a contact point is named"
    MONITORING = "monitoring", "performance is monitored"
    JOINT_BODY = "joint_body", "a joint body decides or manages"
    UNKNOWN = UNDECIDED


class Conditionality(Code):
    """What performance depends on."""

    NONE = "none", "nothing"
    TRIGGER_DEFINED = "trigger_defined", "a named event starts it"
    DOMESTIC_LAW_CLAUSE = "domestic_law_clause", "subject to national law or the UN Charter"
    DISCRETIONARY = "discretionary", "each party judges"
    UNKNOWN = UNDECIDED


class Symmetry(Code):
    """Whether the parties owe each other the same."""

    MUTUAL = "mutual", "the same duties"
    ASYMMETRIC = "asymmetric", "differing duties"
    UNILATERAL = "unilateral", "one party owes"
    UNKNOWN = UNDECIDED


class StageName(Code):
    """Step in the life of an instrument, in the usual order."""

    ANNOUNCED = "announced", "made known as agreed or to be agreed"
    INITIALLED = "initialled", "text settled by negotiators"
    SIGNED = "signed", "signature took place"
    RATIFIED = "ratified", "ratification completed by one party"
    IN_FORCE = "in_force", "entry into force"
    SUSPENDED = "suspended", "operation suspended"
    RESUMED = "resumed", "operation resumed, or term extended"
    EXPIRED = "expired", "term ended"
    TERMINATED = "terminated", "ended by a party or by both"
    NEVER_CONCLUDED = "never_concluded", "announced, and given up before conclusion"


class StatementSubtype(Code):
    """Form of the words."""

    JOINT_STATEMENT = "joint_statement", "one text of two or more speakers"
    DECLARATION_SPEECH = "declaration_speech", "declaration or speech"
    PRESS_REMARK = "press_remark", "answer or remark to the press, or a spokesperson's statement"
    LETTER_TELEGRAM = "letter_telegram", "letter, telegram, message"
    ARTICLE = "article", "signed article or interview"
    VOTE_EXPLANATION = "vote_explanation", "explanation of a vote"
    UN_VOTE = "un_vote", "a recorded vote in a body of the United Nations"
    DESIGNATION = "designation", "sanctions or another measure announced"
    ORGAN_COMMENTARY = "organ_commentary", "commentary of an official outlet"


class Authority(Code):
    """On whose behalf the words are spoken."""

    STATE = "state", "government office"
    PARTY = "party", "office in a ruling party"
    LEGISLATURE = "legislature", "parliament"
    MILITARY = "military", "armed forces"
    ORGAN = "organ", "official outlet without a named office-holder"
    UNNAMED = "unnamed", "official not named"
    UNKNOWN = UNDECIDED


class SpeechAct(Code):
    """What is done with the words."""

    POSITION = "position", "states a view, and does nothing else named here"
    PRAISE = "praise", "praises the partner or the ties"
    BACK = "back", "supports the partner; no act named"
    PLEDGE = "pledge", "a future act of one's own, or of a named promiser"
    REAFFIRM = "reaffirm", "repeats an earlier promise"
    OFFER = "offer", "offers an act that the partner may take up"
    REQUEST = "request", "asks an act of an addressee, the partner or another"
    ADVOCATE = "advocate", "asks others to act for the partner"
    WARN = "warn", "threatens or cautions a third party"
    ACCUSE = "accuse", "faults a third party"
    CRITICISE = "criticise", "faults the partner"
    DENY = "deny", "denies that something is so"
    DECLINE = "decline", "asked, and does not commit"
    WITHHOLD = "withhold", "abstains, or omits what the occasion called for"


class GapSubtype(Code):
    """Sort of shortfall; cause before form before effect, the first that fits."""

    SANCTIONS_COMPLIANCE = (
        "sanctions_compliance",
        "applies third-party or UN measures against the partner",
    )
    NUCLEAR_FRICTION = "nuclear_friction", "opposes the partner's nuclear or missile programme"
    TERRITORIAL_SECURITY = "territorial_security", "border, espionage, detention"
    HEDGING = "hedging", "deepens ties with the partner's rival"
    CONTRADICTION = "contradiction", "a party denies the other's claim"
    VOTE_DIVERGENCE = "vote_divergence", "votes apart where a yardstick asks for one vote"
    UNFULFILLED_OBLIGATION = "unfulfilled_obligation", "due and not done"
    DELAY = "delay", "late, still promised"
    DOWNGRADE = "downgrade", "contact cancelled, lowered or muted"
    RETICENCE = "reticence", "asked, or the partner spoke, and it did not commit"
    TRADE_RESTRICTION = "trade_restriction", "restricts trade with the partner"
    FINANCE_RESTRICTION = "finance_restriction", "restricts payments or credit with the partner"
    POSITION_DIVERGENCE = "position_divergence", "other incompatible positions"


class YardstickKind(Code):
    """What the conduct is measured against."""

    AGREEMENT = "agreement", "a linked agreement"
    STATEMENT = "statement", "a linked statement"
    NORM = "norm", "a named norm"
    PAST_PRACTICE = "past_practice", "a documented practice, described with its source"


class Performance(Code):
    """What was done of what the yardstick asks."""

    NONE = "none", "nothing done"
    PARTIAL = "partial", "some done"
    LATE = "late", "done or doing after the date"
    REVERSED = "reversed", "done and undone"
    VERBAL_ONLY = "verbal_only", "reassured in words"
    NOT_APPLICABLE = "not_applicable", "the yardstick asks to refrain from an act"
    UNKNOWN = UNDECIDED


class EvidenceBasis(Code):
    """What shows the shortfall."""

    OFFICIAL_ACT = "official_act", "an official act"
    OFFICIAL_DENIAL = "official_denial", "an official denial"
    STATISTICS = "statistics", "a flow absent or cut"
    DEADLINE_PASSED = "deadline_passed", "the date passed"
    TEXT_COMPARISON = "text_comparison", "two texts set side by side"
    REPORTED_ACT = "reported_act", "press report of an act that is not public"
    THIRD_PARTY_FINDING = "third_party_finding", "finding of a third party"
    SEARCH_NEGATIVE = "search_negative", "a search of this project's own, with its protocol"


class Severity(Scale):
    """Cost to the partner."""

    ONE = "1", "words or form only"
    TWO = "2", "limited, reversible"
    THREE = "3", "substantial cost"
    FOUR = "4", "core interest or basic treaty duty"
    UNKNOWN = UNDECIDED


class Attribution(Code):
    """Why it fell short."""

    DELIBERATE = "deliberate", "the party chose it"
    CAPACITY = "capacity", "it could not"
    THIRD_PARTY_PRESSURE = "third_party_pressure", "outside sanctions or threats"
    UNCLEAR = "unclear", "the evidence does not decide it"


class GapStatus(Code):
    """What became of the shortfall, as of the date it was last observed."""

    ONE_TIME = "one_time", "a single act, no duration"
    OPEN = "open", "unchanged"
    NARROWING = "narrowing", "partial performance"
    CLOSED = "closed", "the yardstick was met"
    LAPSED = "lapsed", "the yardstick ended unmet"
    CONTESTED = "contested", "a party disputes the shortfall"
    UNKNOWN = UNDECIDED


class DeedSubtype(Code):
    """Sort of conduct; `usual_rung` gives the rung of enactment it has unless a source shows another."""

    EXERCISE = "exercise", "joint exercise of forces (usually E2)"
    PATROL = "patrol", "joint patrol by air or sea (usually E2)"
    COORDINATED_VOTE = "coordinated_vote", "votes cast together by arrangement (usually E2)"
    SHIELDING_VETO = "shielding_veto", "veto cast for the partner (usually E2)"
    PROCEDURAL_BLOCK = "procedural_block", "blocking by procedure for the partner (usually E2)"
    DELIVERY = "delivery", "goods or weapons handed over (usually E3)"
    TRANSFER_OF_FUNDS = "transfer_of_funds", "money moved (usually E3)"
    TECHNOLOGY_TRANSFER = "technology_transfer", "know-how or equipment passed on (usually E3)"
    INFORMATION_SUPPLY = "information_supply", "intelligence, imagery, data (usually E3)"
    PERSONNEL_DEPLOYMENT = "personnel_deployment", "people sent (usually E3)"
    CONSTRUCTION = "construction", "works built (usually E3)"
    SERVICE_OPERATION = "service_operation", "transport or utility in use (usually E3)"
    ACCESS_BASING = "access_basing", "territory, bases or ports used (usually E4)"
    JOINT_PRODUCTION = "joint_production", "goods made together (usually E4)"
    JOINT_COMMAND = "joint_command", "forces under common command (usually E4)"
    COMBAT = "combat", "fighting for or beside the partner (usually E5)"

    @property
    def usual_rung(self) -> str:
        """The rung named in the definition, such as `E3`."""
        return self.definition[-3:-1]


class Unit(Code):
    """Unit of a quantity."""

    PERSONS = "persons", "people"
    CASUALTIES = "casualties", "people killed or wounded"
    KILLED = "killed", "people killed"
    CONTAINERS = "containers", "shipping containers"
    ROUNDS = "rounds", "artillery rounds"
    MISSILES = "missiles", "missiles"
    AIRCRAFT = "aircraft", "aircraft"
    VESSELS = "vessels", "ships and boats"
    VEHICLES = "vehicles", "vehicles and guns"
    TONNES = "tonnes", "metric tonnes"
    BARRELS = "barrels", "barrels of oil or product"
    CUBIC_METRES = "cubic_metres", "cubic metres of gas"
    KILOWATT_HOURS = "kilowatt_hours", "kilowatt-hours of power"
    KILOMETRES = "kilometres", "kilometres"
    USD = "usd", "United States dollars"
    EUR = "eur", "euros"
    CNY = "cny", "Chinese yuan"
    RUB = "rub", "Russian roubles"
    FLIGHTS = "flights", "flights"
    TRIPS = "trips", "train, ship or lorry trips"
    DAYS = "days", "days"
    ITEMS = "items", "pieces of anything else, named in the note"
