"""`release`: plan, build, verify and compare releases of a dataset."""

from cyclopts import App

from alignment_events.commands.app import app

release_app = App(name="release", help="Releases of a dataset: plan, build, verify, compare.")
app.command(release_app)
