"""Checks that are no expressions: how files are written, single values, keys, references, packages."""

from alignment_events.findings import Level
from alignment_events.model.rules.base import DELETED, Change, Check

_E = Level.ERROR

FILE_CHECKS = (
    Check(
        "AE001",
        _E,
        "file",
        "The file can be opened.",
        "What cannot be read cannot be checked.",
        "Check the path; a folder, a device or a missing file is no record file.",
    ),
    Check(
        "AE002",
        _E,
        "file",
        "The file is UTF-8.",
        "Other encodings turn names into nonsense.",
        "Save the file as UTF-8.",
    ),
    Check(
        "AE003",
        _E,
        "file",
        "The file is of a reasonable size.",
        "Huge files are mistakes or attacks.",
        "Split the file; one record a file is best.",
    ),
    Check(
        "AE004",
        _E,
        "file",
        "The file is YAML, or JSON where its name says so.",
        "A slip in the notation hides everything after it.",
        "Mind the indentation (spaces, no tabs), and quote texts that contain ': ' or begin with a quote.",
        raw="kind: meeting\ntitle: Visit: day one\n  date: [2031\n",
    ),
    Check(
        "AE005",
        _E,
        "file",
        "The file holds something.",
        "An empty file is an accident.",
        "Write the record, or delete the file.",
        raw="# nothing but this remark\n",
    ),
    Check(
        "AE006",
        _E,
        "file",
        "No key stands twice.",
        "Other readers would silently keep the last one.",
        "Delete one of the two.",
        raw=(
            "id: AE-ZZ9H-KFFK\n"
            "kind: meeting\n"
            "subtype: talks\n"
            "scope: core\n"
            "title: Leaders of Arcadia and Borealia speak by telephone\n"
            "summary: The two leaders spoke by telephone about the exercise.\n"
            "date: {start: 2032-01-20, precision: day, basis: reported}\n"
            "place: {precision: remote}\n"
            "participants: [{actor: ARC, role: initiator}, {actor: BOR, role: participant}]\n"
            "themes: [defence]\n"
            'ceremonial: "false"\n'
            'ceremonial: "true"\n'
            "meeting: {medium: phone, regularity: ad_hoc, outcome: [readouts_only], readout_asymmetry: one_sided}\n"
            "sources:\n"
            '  - {id: s1, url: "https://president.arcadia.example/calls", publisher: Office of the President of Arcadia,\n'
            "     type: official_readout, origin_party: ARC, independence_group: arcadia-readout, language: en, supports: [core]}\n"
            'coding: {coder: coder-1, date: 2032-03-01, method: human, confidence: high, status: candidate, codebook: "0.1"}\n'
        ),
    ),
    Check(
        "AE007",
        _E,
        "file",
        "There are no anchors and aliases.",
        "They make a record depend on a place elsewhere, and can blow up memory.",
        "Write the value out.",
        raw=(
            "id: AE-ZZ9H-KFFK\n"
            "kind: meeting\n"
            "subtype: talks\n"
            "scope: core\n"
            "title: &words Leaders of Arcadia and Borealia speak by telephone\n"
            "summary: The two leaders spoke by telephone about the exercise.\n"
            "date: {start: 2032-01-20, precision: day, basis: reported}\n"
            "place: {precision: remote}\n"
            "participants: [{actor: ARC, role: initiator}, {actor: BOR, role: participant}]\n"
            "themes: [defence]\n"
            'ceremonial: "false"\n'
            "meeting: {medium: phone, regularity: ad_hoc, outcome: [readouts_only], readout_asymmetry: one_sided}\n"
            "sources:\n"
            '  - {id: s1, url: "https://president.arcadia.example/calls", publisher: Office of the President of Arcadia,\n'
            "     type: official_readout, origin_party: ARC, independence_group: arcadia-readout, language: en, supports: [core]}\n"
            'coding: {coder: coder-1, date: 2032-03-01, method: human, confidence: high, status: candidate, codebook: "0.1"}\n'
            "note: *words\n"
        ),
    ),
    Check(
        "AE008",
        _E,
        "file",
        "There are no tags.",
        "Tags ask programs to run code.",
        "Take the tag away; quote the text if it begins with an exclamation mark.",
        raw=(
            "id: AE-ZZ9H-KFFK\n"
            "kind: meeting\n"
            "subtype: talks\n"
            "scope: core\n"
            "title: !!str Leaders of Arcadia and Borealia speak by telephone\n"
            "summary: The two leaders spoke by telephone about the exercise.\n"
            "date: {start: 2032-01-20, precision: day, basis: reported}\n"
            "place: {precision: remote}\n"
            "participants: [{actor: ARC, role: initiator}, {actor: BOR, role: participant}]\n"
            "themes: [defence]\n"
            'ceremonial: "false"\n'
            "meeting: {medium: phone, regularity: ad_hoc, outcome: [readouts_only], readout_asymmetry: one_sided}\n"
            "sources:\n"
            '  - {id: s1, url: "https://president.arcadia.example/calls", publisher: Office of the President of Arcadia,\n'
            "     type: official_readout, origin_party: ARC, independence_group: arcadia-readout, language: en, supports: [core]}\n"
            'coding: {coder: coder-1, date: 2032-03-01, method: human, confidence: high, status: candidate, codebook: "0.1"}\n'
        ),
    ),
    Check(
        "AE009",
        _E,
        "file",
        "Nothing is nested deeper than twenty levels.",
        "No record is; deep nesting crashes programs.",
        "Check the brackets.",
        raw="kind: " + "[" * 30 + "]" * 30 + "\n",
    ),
    Check(
        "AE010",
        _E,
        "file",
        "A record is a mapping of fields.",
        "A list or a text has no fields.",
        "Begin with id:, kind: and the other fields at the left margin.",
        raw="- kind: meeting\n- kind: gap\n",
    ),
    Check(
        "AE011",
        _E,
        "file",
        "A record file holds one record.",
        "One file a record keeps reviews readable.",
        "Put the second record into a file of its own.",
    ),
    Check(
        "AE012",
        _E,
        "file",
        "Every key is a plain text.",
        "A list or nothing is no name of a field.",
        "Write the name of the field before the colon.",
        raw="{[a, b]: meeting}\n",
        also=("AE101", "AE320"),
    ),
    Check(
        "AE013",
        _E,
        "file",
        "The file holds no control characters.",
        "They are invisible and break other programs.",
        "Delete the character.",
        raw=(
            "id: AE-ZZ9H-KFFK\n"
            "kind: meeting\n"
            "subtype: talks\n"
            "scope: core\n"
            'title: "Leaders of Arcadia and Borealia\\u0007 speak by telephone"\n'
            "summary: The two leaders spoke by telephone about the exercise.\n"
            "date: {start: 2032-01-20, precision: day, basis: reported}\n"
            "place: {precision: remote}\n"
            "participants: [{actor: ARC, role: initiator}, {actor: BOR, role: participant}]\n"
            "themes: [defence]\n"
            'ceremonial: "false"\n'
            "meeting: {medium: phone, regularity: ad_hoc, outcome: [readouts_only], readout_asymmetry: one_sided}\n"
            "sources:\n"
            '  - {id: s1, url: "https://president.arcadia.example/calls", publisher: Office of the President of Arcadia,\n'
            "     type: official_readout, origin_party: ARC, independence_group: arcadia-readout, language: en, supports: [core]}\n"
            'coding: {coder: coder-1, date: 2032-03-01, method: human, confidence: high, status: candidate, codebook: "0.1"}\n'
        ),
    ),
    Check(
        "AE014",
        _E,
        "file",
        "The file is of a kind that can be validated.",
        "The reader goes by the file's kind.",
        "Give YAML, JSON Lines, CSV, TSV, .xlsx or Parquet files, a folder of them, or a dataset folder.",
    ),
    Check(
        "AE015",
        _E,
        "file",
        "The CSV file, workbook or Parquet file can be read as what it says it is.",
        "A damaged or renamed file cannot be checked.",
        "Export it again.",
    ),
)
"""How files are written."""

FIELD_CHECKS = (
    Check(
        "AE101",
        _E,
        "field",
        "A required value is there.",
        "Null means that a field does not apply; this one always does.",
        "Fill it in; where the evidence does not decide, most vocabularies have the code unknown.",
        (Change("call", "title", DELETED), Change("call", "meeting/medium", DELETED)),
    ),
    Check(
        "AE102",
        _E,
        "field",
        "Every field is one that the format knows for this kind of record.",
        "A misspelt field would silently be lost.",
        "Check the spelling; remarks go into note.",
        (Change("call", "commitment", "C1"),),
    ),
    Check(
        "AE103",
        _E,
        "field",
        "Every code is in its vocabulary.",
        "A code without a definition means nothing to others.",
        "Choose a code of the vocabulary; the codebook defines each.",
        (
            Change("call", "themes/1", "defense"),
            Change("call", "participants/1/role", "intiator"),
            Change("call", "subtype", "treaty"),
        ),
    ),
    Check(
        "AE104",
        _E,
        "field",
        "Every date is in the calendar and as exact as its precision says.",
        "30 February was never.",
        "Write 2024-06-19, 2024-06, 2024-Q2 or 2024, as the precision says.",
        (
            Change("call", "date/start", "2032-02-30"),
            Change("call", "date/start", "2032-01"),
            Change("call", "coding/date", "1 March 2032"),
        ),
    ),
    Check(
        "AE105",
        _E,
        "field",
        "Addresses, codes and slugs have their form.",
        "Links must open and keys must match.",
        "Write it as the message says.",
        (
            Change("call", "sources/1/url", "www.arcadia.example"),
            Change("call", "episode", "Arcadia visit"),
        ),
    ),
    Check(
        "AE106",
        _E,
        "field",
        "Texts are one line, not too long, and do not begin with = + - @.",
        "Spreadsheets would run them as formulas, and no cell is ever altered on export.",
        "Rephrase the beginning, join the lines, shorten it.",
        (
            Change("call", "title", "=HYPERLINK(1)"),
            Change("call", "title", " Leaders speak"),
            Change("call", "summary", "word " * 130 + "end"),
        ),
    ),
    Check(
        "AE107",
        _E,
        "field",
        "Every value is of the type of its field.",
        "A text is no number, and yes is neither true nor false.",
        "Write a number, true or false, a text, or a list, as the field needs.",
        (Change("visit", "place/latitude", "north"), Change("call", "ceremonial", "yes")),
    ),
    Check(
        "AE108",
        _E,
        "field",
        "Every number is finite and within its bounds.",
        "Not-a-number passes every comparison unseen.",
        "Check the figure.",
        (
            Change("visit", "place/latitude", "95"),
            Change("delivery", "observations/1/quantity/high", "nan"),
        ),
    ),
    Check(
        "AE109",
        _E,
        "field",
        "Every id is of the right form, with the right check character.",
        "One wrong character would point to nothing, or to another record.",
        "Copy the id again; new ids are minted, never made up.",
        (
            Change("answer", "links/1/to", "AE-CKNX-QQ8X"),
            Change("answer", "links/1/to", "ae-cknx-qq7x"),
        ),
    ),
    Check(
        "AE110",
        _E,
        "record",
        "Every list has as many items as it may have.",
        "A record without participants, themes or sources says nothing that can be checked.",
        "Add what is missing, or keep the most important ones.",
        (
            Change("call", "themes", ["defence", "trade", "energy", "finance"]),
            Change("oldpact", "stages", DELETED),
            Change(
                "settlement",
                "observations",
                DELETED,
                (Change("settlement", "sources/1/supports", ["core"]),),
            ),
        ),
    ),
)
"""Single values and lists."""

RELATION_CHECKS = (
    Check(
        "AE401",
        _E,
        "dataset",
        "No id and no key stands twice.",
        "Two rows under one key are counted twice and joined wrongly.",
        "Delete one of the two, or give the new record an id of its own.",
        (
            Change(
                "visit", "links/3", {"type": "produced", "to": "AE-9NRX-H50F", "basis": "inferred"}
            ),
            Change("call", "themes", ["defence", "defence"]),
            Change("visit", "sources/2/id", "s1"),
        ),
    ),
    Check(
        "AE402",
        _E,
        "dataset",
        "Every reference leads to something that is there.",
        "A dangling reference is a claim that nobody can follow.",
        "Check the id or code; add the record or the registry entry if it is missing.",
        (Change("delivery", "claims/1/source", "s9"),),
    ),
)
"""Keys and references."""

PACKAGE_CHECKS = (
    Check(
        "AE501",
        _E,
        "package",
        "No table and no column is missing, and none is unknown.",
        "Programs that read the format rely on all of them.",
        "Build the package again; an empty table is allowed, a missing one is not.",
    ),
    Check(
        "AE502",
        _E,
        "package",
        "Every column has the type of the format.",
        "A date kept as a text sorts and subtracts wrongly.",
        "Write the column with the type that the message names.",
    ),
    Check(
        "AE503",
        _E,
        "package",
        "dataset.yaml describes the dataset.",
        "Without title, scope, licence and cutoff data cannot be cited or derived.",
        "Fill in what is missing.",
    ),
    Check(
        "AE504",
        _E,
        "package",
        "The dataset meets its own assertions.",
        "Too few records usually mean that files were lost.",
        "Find the lost records, or change the assertion on purpose.",
    ),
    Check(
        "AE505",
        _E,
        "package",
        "The files are those that the descriptor lists, unchanged.",
        "A changed file is not the version that it says it is.",
        "Get the package again.",
    ),
    Check(
        "AE506",
        Level.WARNING,
        "package",
        "Every accepted warning still occurs.",
        "An acceptance that nothing needs hides the next fault.",
        "Delete it from dataset.yaml.",
    ),
    Check(
        "AE507",
        _E,
        "package",
        "Core records have a principal of the dataset as a party.",
        "What the focal states do is what the dataset is about; an agency acts for its state.",
        "Where an agency acts, add the state behind it: {actor: RUS, role: controller} beside "
        "{actor: RUS_FSB, role: signatory}. Code the scope as response only if no focal state acts.",
    ),
    Check(
        "AE508",
        _E,
        "package",
        "Every withdrawn id is gone from the records.",
        "Ids are never used again.",
        "Mint a new id.",
    ),
    Check(
        "AE509",
        _E,
        "package",
        "An erratum names the version that corrects it if it is corrected, and only then.",
        "Who reads an old version must see which one to take instead.",
        "Write the version into corrected_in, or change the status.",
    ),
    Check(
        "AE510",
        _E,
        "package",
        "Every withdrawn id says when and why, and what replaces it is there.",
        "Who has cited the id must find out what became of it.",
        "Give status withdrawn, the day and the reason; name as replacement another id that was issued.",
    ),
)
"""Datasets, tables and packages."""

CHECKS = (*FILE_CHECKS, *FIELD_CHECKS, *RELATION_CHECKS, *PACKAGE_CHECKS)
"""Every check that is no expression."""
