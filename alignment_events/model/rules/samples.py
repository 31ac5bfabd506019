"""Short examples of checks that no change to an example record breaks: of files, of packages."""

from typing import NamedTuple


class Sample(NamedTuple):
    """What breaks a check, and what does not, as a person would write it.

    Attributes:
        wrong: What breaks it; remarks begin with `#`.
        right: The same as it should be.
    """

    wrong: str
    right: str


SAMPLES = {
    "AE001": Sample(
        "alignment-events validate recrods/call.yaml  # there is no such folder\n",  # spellchecker:disable-line
        "alignment-events validate records/call.yaml\n",
    ),
    "AE002": Sample(
        "# saved as Windows-1252: the one byte E9 is no UTF-8\n6E E9 67 6F 63 69 E9\n",
        "# saved as UTF-8\n6E C3 A9 67 6F 63 69 C3 A9\n",
    ),
    "AE003": Sample(
        "all-records.yaml  # one file of 80 MB\n",
        "records/2031/2031-03-04-a-visit.yaml  # one file a record\n"
        "records/2031/2031-05-07-a-call.yaml\n",
    ),
    "AE011": Sample(
        "# records/2031/calls.yaml\nkind: meeting\ntitle: One call\n---\nkind: meeting\ntitle: Another\n",
        "# records/2031/one-call.yaml\nkind: meeting\ntitle: One call\n"
        "# records/2031/another.yaml\nkind: meeting\ntitle: Another\n",
    ),
    "AE014": Sample(
        "alignment-events validate round3.xls\n",
        "alignment-events validate round3.xlsx  # saved anew by the spreadsheet program\n",
    ),
    "AE015": Sample(
        'key,title\ncall,"Leaders speak\nvisit,A visit\n# the quotation mark is never closed\n',
        'key,title\ncall,"Leaders speak"\nvisit,A visit\n',
    ),
    "AE501": Sample(
        "# actors.csv\nactor,actor_type\nARC,state\n",
        "# actors.csv\n"
        "actor,name,actor_type,iso3,cow,gw,wikidata,valid_from,valid_to\n"
        "ARC,Arcadia,state,,,,,,\n",
    ),
    "AE502": Sample(
        "# events.parquet\ndate_start: string\n",
        "# events.parquet\ndate_start: date32[day]\n",
    ),
    "AE503": Sample(
        "# dataset.yaml, without title and licence\nname: example-world\n",
        "# dataset.yaml\n"
        "name: example-world\n"
        "title: Alignment events of an invented world\n"
        "description: The example records of the format.\n"
        "version: 0.1.0\n"
        "scope:\n"
        "  principals: [ARC, BOR]\n"
        "  statement: Acts of Arcadia and Borealia.\n"
        "licence: CC0-1.0\n"
        "contributors:\n"
        "  - {title: The testers, role: author}\n"
        "cutoff: 2032-12-31\n",
    ),
    "AE504": Sample(
        "# dataset.yaml of a dataset with twelve events\n"
        "assertions:\n  - {table: events, min: 1000}\n",
        "assertions:\n  - {table: events, min: 5}\n",
    ),
    "AE505": Sample(
        "# events.csv was opened and saved by a spreadsheet program, so its hash is another one\n"
        "alignment-events validate package\n",
        "# built anew, and not touched since\nalignment-events validate package\n",
    ),
    "AE506": Sample(
        "# dataset.yaml; the record has no such warning any more\n"
        "accepted_warnings:\n"
        "  - {code: AE325, record: AE-ZZ9H-KFFK, reason: No deed of it is recorded.}\n",
        "accepted_warnings: []\n",
    ),
    "AE507": Sample(
        "scope: core\n"
        "participants:\n"
        "  - {actor: ARC_GRAIN, role: signatory}\n"
        "  - {actor: CAL, role: signatory}\n",
        "scope: core\n"
        "participants:\n"
        "  - {actor: ARC_GRAIN, role: signatory}\n"
        "  - {actor: ARC, role: controller}  # a focal state of the dataset\n"
        "  - {actor: CAL, role: signatory}\n",
    ),
    "AE508": Sample(
        "# withdrawn.csv names the id of a record that is there\n"
        "record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
        "AE-ZZ9H-KFFK,event,withdrawn,2032-05-01,coder_error,\n",
        "# the record file is deleted; what comes instead has an id of its own\n"
        "alignment-events ids mint --in datasets/example-world\n",
    ),
    "AE509": Sample(
        "# errata.csv\n"
        "record_id,field,reported,wrong,source,status,corrected_in\n"
        "AE-ZZ9H-KFFK,date/start,2032-04-02,The day is wrong.,https://arcadia.example/call,corrected,\n",
        "# errata.csv\n"
        "record_id,field,reported,wrong,source,status,corrected_in\n"
        "AE-ZZ9H-KFFK,date/start,2032-04-02,The day is wrong.,https://arcadia.example/call,corrected,0.1.1\n",
    ),
    "AE510": Sample(
        "# withdrawn.csv\n"
        "record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
        "AE-M9S3-46QW,event,withdrawn,2032-05-01,,\n",
        "# withdrawn.csv\n"
        "record_id,record_type,status,withdrawn_date,reason,replaced_by\n"
        "AE-M9S3-46QW,event,withdrawn,2032-05-01,coder_error,\n",
    ),
}
"""Code to sample, for every check that no change to an example record breaks."""
