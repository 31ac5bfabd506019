"""The records of the format; written from the models by `make schema`, never edited."""

from alignment_events.model.forms import (
    ACTOR,
    CODER,
    COUNTRY,
    FIELD_PATH,
    LANGUAGE,
    PERSON,
    SCHEME,
    SLUG,
    SOURCE_KEY,
    URL,
    VERSION,
    text_form,
)
from alignment_events.model.marks import Between, Items, Ref
from alignment_events.spec.ir import FieldSpec, PartSpec

_DATE_SPAN = PartSpec(
    'DateSpan',
    "When it happened, at the venue's local date, as exactly as the sources say.",
    (
        FieldSpec('start', 'First day; or the day, month (`2024-10`), quarter (`2024-Q2`) or year within which it began.', 'partial_date', True),
        FieldSpec('end', 'Last day or period, if it is not the start; empty while `ongoing`.', 'partial_date', False),
        FieldSpec('precision', 'How exactly the date is known. With `day`, start and end are exact; otherwise it happened at some time within them.', 'code', True, vocabulary='date_precision'),
        FieldSpec('basis', 'Which event the date is the date of.', 'code', False, default='occurred', vocabulary='date_basis'),
        FieldSpec('ongoing', 'True for what has not ended; there is no end then.', 'flag', False, default='false'),
        FieldSpec('text', 'The date in the words of a source, where they say more than the codes.', 'text', False, form=text_form(300)),
    ),
)

_PLACE = PartSpec(
    'Place',
    'Where it happened.',
    (
        FieldSpec('name', 'Name of the place, in English.', 'text', False, form=text_form(300)),
        FieldSpec('country', 'Country in which it lies, by ISO 3166; empty at sea and for calls.', 'text', False, form=COUNTRY),
        FieldSpec('precision', 'How exactly the place is known.', 'code', True, vocabulary='place_precision'),
        FieldSpec('latitude', 'Degrees north, WGS 84.', 'number', False, between=Between(-90, 90)),
        FieldSpec('longitude', 'Degrees east, WGS 84.', 'number', False, between=Between(-180, 180)),
    ),
)

_PARTICIPANT = PartSpec(
    'Participant',
    'An actor in the event, with what it did there and who acted for it.',
    (
        FieldSpec('actor', 'State, body, firm or group, by its code in the registry of actors.', 'text', True, form=ACTOR, ref=Ref('actors', 'actor')),
        FieldSpec('role', 'What the actor did.', 'code', True, vocabulary='role'),
        FieldSpec('level', 'Rank of the person acting; empty for targets, forums and others who did not act.', 'code', False, vocabulary='actor_level'),
        FieldSpec('person', 'Who acted: an id of the registry of persons, or a name that it does not hold.', 'text', False, form=PERSON),
        FieldSpec('office', 'Office held at the time.', 'text', False, form=text_form(300)),
        FieldSpec('sector', 'Part of the state or economy; required for a firm, bank or agency.', 'code', False, vocabulary='sector'),
        FieldSpec('stance', 'What the words of a statement mean for this target; for targets only.', 'code', False, vocabulary='stance'),
        FieldSpec('vote', 'How this speaker voted; for recorded votes only.', 'code', False, vocabulary='vote'),
    ),
)

_LINK = PartSpec(
    'Link',
    'A relation to another record.',
    (
        FieldSpec('type', 'Which relation, read from this record to that one.', 'code', True, vocabulary='link_type'),
        FieldSpec('to', 'Id of the other record.', 'id', True),
        FieldSpec('basis', 'Whether a source says so, or the coder concludes it.', 'code', True, vocabulary='link_basis'),
    ),
)

_CITATION = PartSpec(
    'Citation',
    'A field that a source supports, if wanted with the words that support it.',
    (
        FieldSpec('field', 'Path of the field; `core` stands for kind, actors and date.', 'text', True, form=FIELD_PATH),
        FieldSpec('quote', 'The words of the source, at most 300 characters.', 'text', False, form=text_form(300)),
    ),
)

_SOURCE = PartSpec(
    'Source',
    'A page or document that was seen to support parts of the record.',
    (
        FieldSpec('id', 'Key within the record: s1, s2 and so on; the published id is `AE-…/s1`.', 'text', True, form=SOURCE_KEY),
        FieldSpec('url', 'Address at which it was found.', 'text', True, form=URL),
        FieldSpec('publisher', 'Outlet or office that published it; for a reprint, the outlet that was read.', 'text', True, form=text_form(300)),
        FieldSpec('type', 'What kind of text or data it is.', 'code', True, vocabulary='source_type'),
        FieldSpec('origin_party', "Actor whose words or data the text rests on, wherever the outlet sits; empty for the outlet's own reporting.", 'text', False, form=ACTOR, ref=Ref('actors', 'actor')),
        FieldSpec('independence_group', "First origin of what the text says: the agency text, the readout, the outlet's own report. Reprints share it.", 'text', True, form=SLUG),
        FieldSpec('language', 'Language of the text.', 'text', True, form=LANGUAGE),
        FieldSpec('published', 'Date of publication, where known.', 'day', False),
        FieldSpec('accessed', 'Day on which the coder read it, live or as a stored copy; empty where it was taken over from a list.', 'day', False),
        FieldSpec('archived_url', 'Address of an archived copy.', 'text', False, form=URL),
        FieldSpec('supports', 'What the source supports.', 'part', False, items=Items(least=1, most=40), part=_CITATION),
    ),
)

_CLAIM = PartSpec(
    'Claim',
    'What one account says of a field, where accounts differ.',
    (
        FieldSpec('field', 'Path of the field that the accounts differ about.', 'text', True, form=FIELD_PATH),
        FieldSpec('form', 'Account, denial or refutation.', 'code', False, default='account', vocabulary='claim_form'),
        FieldSpec('claimant', 'Whose account it is; empty for a refutation by the coder.', 'text', False, form=ACTOR, ref=Ref('actors', 'actor')),
        FieldSpec('value', 'The value that the account gives.', 'text', False, form=text_form(300)),
        FieldSpec('made', 'Day on which it was made.', 'day', False),
        FieldSpec('withdrawn', 'Day on which the claimant took it back.', 'day', False),
        FieldSpec('source', 'Key of the source, within this record.', 'text', True, form=SOURCE_KEY),
    ),
)

_EXTERNAL_ID = PartSpec(
    'ExternalId',
    'The same event in another dataset.',
    (
        FieldSpec('scheme', 'Name of the dataset: ATOP, DCAD, UNTS, COLT, GSDB, GTA, Wikidata.', 'text', True, form=SCHEME),
        FieldSpec('value', 'Id there.', 'text', True, form=text_form(300)),
    ),
)

_CODING = PartSpec(
    'Coding',
    'Who coded the record, when, by which codebook and how surely.',
    (
        FieldSpec('coder', 'Pseudonym of the coder.', 'text', True, form=CODER),
        FieldSpec('date', 'Day of coding.', 'day', True),
        FieldSpec('method', 'Who decided: a person, a person with a model, or a program.', 'code', True, vocabulary='method'),
        FieldSpec('confidence', 'How sure the coder is of the record as a whole.', 'code', True, vocabulary='coder_confidence'),
        FieldSpec('status', 'Whether a person has reviewed it.', 'code', True, vocabulary='release_status'),
        FieldSpec('codebook', 'Version of the codebook used.', 'text', True, form=VERSION),
        FieldSpec('reviewer', 'Pseudonym of the reviewer, for vetted records.', 'text', False, form=CODER),
    ),
)

_MEETING_PART = PartSpec(
    'MeetingPart',
    'What only meetings have.',
    (
        FieldSpec('medium', 'How the parties were in contact.', 'code', True, vocabulary='medium'),
        FieldSpec('regularity', 'Why then.', 'code', True, vocabulary='regularity'),
        FieldSpec('outcome', 'What came out of it.', 'code', False, vocabulary='outcome', items=Items(least=1, most=6)),
        FieldSpec('readout_asymmetry', "How the parties' own accounts differ.", 'code', True, vocabulary='readout_asymmetry'),
        FieldSpec('documents_not_itemised', 'True if documents were signed of which no source gives a list.', 'flag', False, default='false'),
    ),
)

_MEETING = PartSpec(
    'Meeting',
    'Contact: who met whom.',
    (
        FieldSpec('id', 'Opaque id, minted once and never used again.', 'id', True),
        FieldSpec('scope', 'About the alignment itself, or an answer to it.', 'code', True, vocabulary='scope'),
        FieldSpec('title', 'What happened, in one line.', 'text', True, form=text_form(200)),
        FieldSpec('summary', 'What happened, in our own words, without evaluation.', 'text', True, form=text_form(600)),
        FieldSpec('date', 'When.', 'part', True, part=_DATE_SPAN),
        FieldSpec('occurrence', 'Whether it took place.', 'code', False, default='held', vocabulary='occurrence'),
        FieldSpec('episode', 'The occasion that it shares with other records.', 'text', False, form=SLUG),
        FieldSpec('place', 'Where; empty for words and instruments without a place.', 'part', False, part=_PLACE),
        FieldSpec('participants', 'Who took part, and how.', 'part', False, items=Items(least=1), part=_PARTICIPANT),
        FieldSpec('themes', 'Subject matter; the first is the main one.', 'code', False, vocabulary='theme', items=Items(least=1, most=3)),
        FieldSpec('arenas', 'Region or conflict that it is about.', 'code', False, vocabulary='arena', items=Items(most=5)),
        FieldSpec('links', 'Relations to other records.', 'part', False, items=Items(most=60), part=_LINK),
        FieldSpec('sources', 'What supports the record.', 'part', False, items=Items(least=1, most=60), part=_SOURCE),
        FieldSpec('claims', 'Accounts, where they differ.', 'part', False, items=Items(most=60), part=_CLAIM),
        FieldSpec('external_ids', 'The same event in other datasets.', 'part', False, items=Items(most=20), part=_EXTERNAL_ID),
        FieldSpec('coding', 'Who coded it, and how.', 'part', True, part=_CODING),
        FieldSpec('note', 'Remark of the coder: what was hard to decide, and why it was decided so.', 'text', False, form=text_form(2000)),
        FieldSpec('kind', 'Always `meeting`.', 'code', True, constant='meeting', vocabulary='kind'),
        FieldSpec('subtype', 'Sort of contact.', 'code', True, vocabulary='meeting_subtype'),
        FieldSpec('ceremonial', 'True if protocol was all that is reported.', 'flag', True),
        FieldSpec('meeting', 'What only meetings have.', 'part', True, part=_MEETING_PART),
    ),
)

_AGREEMENT_PART = PartSpec(
    'AgreementPart',
    'What only agreements have.',
    (
        FieldSpec('legal_status', 'Whether it binds in law.', 'code', True, vocabulary='legal_status'),
        FieldSpec('commitment_scope', 'How far it reaches.', 'code', True, vocabulary='commitment_scope'),
        FieldSpec('obligations', 'What the parties undertake.', 'code', False, vocabulary='obligation', items=Items(least=1, most=18)),
        FieldSpec('text_access', 'How much of the text is public.', 'code', True, vocabulary='text_access'),
        FieldSpec('delegation', 'What is handed to a third hand.', 'code', True, vocabulary='delegation'),
        FieldSpec('conditionality', 'What performance depends on.', 'code', True, vocabulary='conditionality'),
        FieldSpec('symmetry', 'Whether the duties are the same.', 'code', True, vocabulary='symmetry'),
        FieldSpec('implementation', 'How far it has been carried out.', 'code', True, vocabulary='implementation'),
        FieldSpec('implementation_as_of', 'Day to which `implementation` refers.', 'day', False),
    ),
)

_STAGE = PartSpec(
    'Stage',
    'A step in the life of an instrument.',
    (
        FieldSpec('stage', 'Which step.', 'code', True, vocabulary='stage_name'),
        FieldSpec('date', 'When, as exactly as known.', 'partial_date', True),
        FieldSpec('end', 'Last possible day, if the step fell somewhere between two days.', 'partial_date', False),
        FieldSpec('actor', 'Whose step it was, for ratification and other steps of one party.', 'text', False, form=ACTOR, ref=Ref('actors', 'actor')),
    ),
)

_AGREEMENT = PartSpec(
    'Agreement',
    'Promise: an instrument that parties signed or announced as agreed.',
    (
        FieldSpec('id', 'Opaque id, minted once and never used again.', 'id', True),
        FieldSpec('scope', 'About the alignment itself, or an answer to it.', 'code', True, vocabulary='scope'),
        FieldSpec('title', 'What happened, in one line.', 'text', True, form=text_form(200)),
        FieldSpec('summary', 'What happened, in our own words, without evaluation.', 'text', True, form=text_form(600)),
        FieldSpec('date', 'When.', 'part', True, part=_DATE_SPAN),
        FieldSpec('occurrence', 'Whether it took place.', 'code', False, default='held', vocabulary='occurrence'),
        FieldSpec('episode', 'The occasion that it shares with other records.', 'text', False, form=SLUG),
        FieldSpec('place', 'Where; empty for words and instruments without a place.', 'part', False, part=_PLACE),
        FieldSpec('participants', 'Who took part, and how.', 'part', False, items=Items(least=1), part=_PARTICIPANT),
        FieldSpec('themes', 'Subject matter; the first is the main one.', 'code', False, vocabulary='theme', items=Items(least=1, most=3)),
        FieldSpec('arenas', 'Region or conflict that it is about.', 'code', False, vocabulary='arena', items=Items(most=5)),
        FieldSpec('links', 'Relations to other records.', 'part', False, items=Items(most=60), part=_LINK),
        FieldSpec('sources', 'What supports the record.', 'part', False, items=Items(least=1, most=60), part=_SOURCE),
        FieldSpec('claims', 'Accounts, where they differ.', 'part', False, items=Items(most=60), part=_CLAIM),
        FieldSpec('external_ids', 'The same event in other datasets.', 'part', False, items=Items(most=20), part=_EXTERNAL_ID),
        FieldSpec('coding', 'Who coded it, and how.', 'part', True, part=_CODING),
        FieldSpec('note', 'Remark of the coder: what was hard to decide, and why it was decided so.', 'text', False, form=text_form(2000)),
        FieldSpec('kind', 'Always `agreement`.', 'code', True, constant='agreement', vocabulary='kind'),
        FieldSpec('subtype', 'Sort of instrument.', 'code', True, vocabulary='agreement_subtype'),
        FieldSpec('ceremonial', 'True if protocol was all that is reported.', 'flag', True),
        FieldSpec('commitment', 'Rung of the words when they were given.', 'code', True, vocabulary='commitment'),
        FieldSpec('agreement', 'What only agreements have.', 'part', True, part=_AGREEMENT_PART),
        FieldSpec('stages', 'Steps in its life; the current one is derived.', 'part', False, items=Items(least=1, most=60), part=_STAGE),
    ),
)

_STATEMENT_PART = PartSpec(
    'StatementPart',
    'What only statements have.',
    (
        FieldSpec('authority', 'On whose behalf the words are spoken.', 'code', True, vocabulary='authority'),
        FieldSpec('speech_acts', 'What is done with the words; at most three.', 'code', False, vocabulary='speech_act', items=Items(least=1, most=3)),
        FieldSpec('occasion', 'Resolution voted on, question asked or event at which they were spoken.', 'text', False, form=text_form(300)),
        FieldSpec('implementation', 'How far the undertaking has been carried out; for statements with C2 or more.', 'code', False, vocabulary='implementation'),
        FieldSpec('implementation_as_of', 'Day to which `implementation` refers.', 'day', False),
    ),
)

_STATEMENT = PartSpec(
    'Statement',
    'Words: public, or reported by either side.',
    (
        FieldSpec('id', 'Opaque id, minted once and never used again.', 'id', True),
        FieldSpec('scope', 'About the alignment itself, or an answer to it.', 'code', True, vocabulary='scope'),
        FieldSpec('title', 'What happened, in one line.', 'text', True, form=text_form(200)),
        FieldSpec('summary', 'What happened, in our own words, without evaluation.', 'text', True, form=text_form(600)),
        FieldSpec('date', 'When.', 'part', True, part=_DATE_SPAN),
        FieldSpec('occurrence', 'Whether it took place.', 'code', False, default='held', vocabulary='occurrence'),
        FieldSpec('episode', 'The occasion that it shares with other records.', 'text', False, form=SLUG),
        FieldSpec('place', 'Where; empty for words and instruments without a place.', 'part', False, part=_PLACE),
        FieldSpec('participants', 'Who took part, and how.', 'part', False, items=Items(least=1), part=_PARTICIPANT),
        FieldSpec('themes', 'Subject matter; the first is the main one.', 'code', False, vocabulary='theme', items=Items(least=1, most=3)),
        FieldSpec('arenas', 'Region or conflict that it is about.', 'code', False, vocabulary='arena', items=Items(most=5)),
        FieldSpec('links', 'Relations to other records.', 'part', False, items=Items(most=60), part=_LINK),
        FieldSpec('sources', 'What supports the record.', 'part', False, items=Items(least=1, most=60), part=_SOURCE),
        FieldSpec('claims', 'Accounts, where they differ.', 'part', False, items=Items(most=60), part=_CLAIM),
        FieldSpec('external_ids', 'The same event in other datasets.', 'part', False, items=Items(most=20), part=_EXTERNAL_ID),
        FieldSpec('coding', 'Who coded it, and how.', 'part', True, part=_CODING),
        FieldSpec('note', 'Remark of the coder: what was hard to decide, and why it was decided so.', 'text', False, form=text_form(2000)),
        FieldSpec('kind', 'Always `statement`.', 'code', True, constant='statement', vocabulary='kind'),
        FieldSpec('subtype', 'Form of the words.', 'code', True, vocabulary='statement_subtype'),
        FieldSpec('ceremonial', 'True if protocol was all that is reported.', 'flag', True),
        FieldSpec('commitment', 'Rung of the words when they were given.', 'code', True, vocabulary='commitment'),
        FieldSpec('statement', 'What only statements have.', 'part', True, part=_STATEMENT_PART),
    ),
)

_GAP_PART = PartSpec(
    'GapPart',
    'What only gaps have.',
    (
        FieldSpec('yardstick_kind', 'What the conduct is measured against.', 'code', True, vocabulary='yardstick_kind'),
        FieldSpec('yardstick', 'The norm by name, or the practice described; for an agreement or statement, the words of it that matter.', 'text', False, form=text_form(2000)),
        FieldSpec('performance', 'What was done of what the yardstick asks.', 'code', True, vocabulary='performance'),
        FieldSpec('expected_by', 'Day by which it was due.', 'day', False),
        FieldSpec('observed_as_of', 'Day on which the shortfall was last observed.', 'day', True),
        FieldSpec('evidence_basis', 'What shows it.', 'code', True, vocabulary='evidence_basis'),
        FieldSpec('search_protocol', 'What was searched, where and when, if the evidence is a search without result.', 'text', False, form=text_form(2000)),
        FieldSpec('severity', 'Cost to the partner.', 'code', True, vocabulary='severity'),
        FieldSpec('attribution', 'Why it fell short.', 'code', True, vocabulary='attribution'),
        FieldSpec('status', 'What became of it, as of `observed_as_of`.', 'code', True, vocabulary='gap_status'),
    ),
)

_GAP = PartSpec(
    'Gap',
    'Shortfall: conduct or words that fall short of a yardstick.',
    (
        FieldSpec('id', 'Opaque id, minted once and never used again.', 'id', True),
        FieldSpec('scope', 'About the alignment itself, or an answer to it.', 'code', True, vocabulary='scope'),
        FieldSpec('title', 'What happened, in one line.', 'text', True, form=text_form(200)),
        FieldSpec('summary', 'What happened, in our own words, without evaluation.', 'text', True, form=text_form(600)),
        FieldSpec('date', 'When.', 'part', True, part=_DATE_SPAN),
        FieldSpec('occurrence', 'Whether it took place.', 'code', False, default='held', vocabulary='occurrence'),
        FieldSpec('episode', 'The occasion that it shares with other records.', 'text', False, form=SLUG),
        FieldSpec('place', 'Where; empty for words and instruments without a place.', 'part', False, part=_PLACE),
        FieldSpec('participants', 'Who took part, and how.', 'part', False, items=Items(least=1), part=_PARTICIPANT),
        FieldSpec('themes', 'Subject matter; the first is the main one.', 'code', False, vocabulary='theme', items=Items(least=1, most=3)),
        FieldSpec('arenas', 'Region or conflict that it is about.', 'code', False, vocabulary='arena', items=Items(most=5)),
        FieldSpec('links', 'Relations to other records.', 'part', False, items=Items(most=60), part=_LINK),
        FieldSpec('sources', 'What supports the record.', 'part', False, items=Items(least=1, most=60), part=_SOURCE),
        FieldSpec('claims', 'Accounts, where they differ.', 'part', False, items=Items(most=60), part=_CLAIM),
        FieldSpec('external_ids', 'The same event in other datasets.', 'part', False, items=Items(most=20), part=_EXTERNAL_ID),
        FieldSpec('coding', 'Who coded it, and how.', 'part', True, part=_CODING),
        FieldSpec('note', 'Remark of the coder: what was hard to decide, and why it was decided so.', 'text', False, form=text_form(2000)),
        FieldSpec('kind', 'Always `gap`.', 'code', True, constant='gap', vocabulary='kind'),
        FieldSpec('subtype', 'Sort of shortfall: cause before form before effect, the first that fits.', 'code', True, vocabulary='gap_subtype'),
        FieldSpec('ceremonial', 'True if protocol was all that is reported.', 'flag', True),
        FieldSpec('gap', 'What only gaps have.', 'part', True, part=_GAP_PART),
    ),
)

_AMOUNT = PartSpec(
    'Amount',
    'A number with its range.',
    (
        FieldSpec('low', 'Lowest estimate.', 'number', False, between=Between(0, 1000000000000000.0)),
        FieldSpec('best', 'Best or only figure.', 'number', False, between=Between(0, 1000000000000000.0)),
        FieldSpec('high', 'Highest estimate.', 'number', False, between=Between(0, 1000000000000000.0)),
        FieldSpec('unit', 'Unit of all three.', 'code', True, vocabulary='unit'),
    ),
)

_OBSERVATION = PartSpec(
    'Observation',
    "What was known of a deed's extent on a day; sources cite it as `observations/1`.",
    (
        FieldSpec('as_of', 'Day to which the observation refers.', 'day', True),
        FieldSpec('enactment', 'Rung of the conduct by then.', 'code', True, vocabulary='enactment'),
        FieldSpec('cost_bearer', 'Who bore the cost, for E5.', 'text', False, form=ACTOR, ref=Ref('actors', 'actor')),
        FieldSpec('quantity', 'Extent, if a source gives one.', 'part', False, part=_AMOUNT),
    ),
)

_DEED = PartSpec(
    'Deed',
    'Conduct: something done, moved, built, blocked or fought.',
    (
        FieldSpec('id', 'Opaque id, minted once and never used again.', 'id', True),
        FieldSpec('scope', 'About the alignment itself, or an answer to it.', 'code', True, vocabulary='scope'),
        FieldSpec('title', 'What happened, in one line.', 'text', True, form=text_form(200)),
        FieldSpec('summary', 'What happened, in our own words, without evaluation.', 'text', True, form=text_form(600)),
        FieldSpec('date', 'When.', 'part', True, part=_DATE_SPAN),
        FieldSpec('occurrence', 'Whether it took place.', 'code', False, default='held', vocabulary='occurrence'),
        FieldSpec('episode', 'The occasion that it shares with other records.', 'text', False, form=SLUG),
        FieldSpec('place', 'Where; empty for words and instruments without a place.', 'part', False, part=_PLACE),
        FieldSpec('participants', 'Who took part, and how.', 'part', False, items=Items(least=1), part=_PARTICIPANT),
        FieldSpec('themes', 'Subject matter; the first is the main one.', 'code', False, vocabulary='theme', items=Items(least=1, most=3)),
        FieldSpec('arenas', 'Region or conflict that it is about.', 'code', False, vocabulary='arena', items=Items(most=5)),
        FieldSpec('links', 'Relations to other records.', 'part', False, items=Items(most=60), part=_LINK),
        FieldSpec('sources', 'What supports the record.', 'part', False, items=Items(least=1, most=60), part=_SOURCE),
        FieldSpec('claims', 'Accounts, where they differ.', 'part', False, items=Items(most=60), part=_CLAIM),
        FieldSpec('external_ids', 'The same event in other datasets.', 'part', False, items=Items(most=20), part=_EXTERNAL_ID),
        FieldSpec('coding', 'Who coded it, and how.', 'part', True, part=_CODING),
        FieldSpec('note', 'Remark of the coder: what was hard to decide, and why it was decided so.', 'text', False, form=text_form(2000)),
        FieldSpec('kind', 'Always `deed`.', 'code', True, constant='deed', vocabulary='kind'),
        FieldSpec('subtype', 'Sort of conduct.', 'code', True, vocabulary='deed_subtype'),
        FieldSpec('observations', 'What was known of its extent, over time.', 'part', False, items=Items(least=1, most=100), part=_OBSERVATION),
    ),
)

RECORDS: dict[str, PartSpec] = {
    'meeting': _MEETING,
    'agreement': _AGREEMENT,
    'statement': _STATEMENT,
    'gap': _GAP,
    'deed': _DEED,
}
"""Kind to the specification of its nested record, in the order of the codebook."""
