"""The journal of a document's run: what was done, as JSON, so that a run goes on where it was.

    step:  (absent) ──► Running ──► Success | SuccessWithIgnoredFailure | Failed | Skipped
                           └─ rebooting: the boot id before it; another one means that the reboot has happened

It is saved after every change, before the next thing begins. A run that was killed goes on at the step that
was Running, in its attempt and iteration: a script may then run a second time, as after a reboot.
"""

from collections.abc import Callable
from typing import Any

from amiable.core import clock

Entry = dict[str, Any]
FINISHED = ("Success", "SuccessWithIgnoredFailure", "Failed", "Skipped")


class Journal:
    """The steps of one document. `save` is told the whole journal after each change.

    `before`: of other phases of it, that ran on the same machine; expressions name their steps, too.
    """

    def __init__(
        self,
        data: dict[str, Any] | None,
        save: Callable[[dict[str, Any]], None],
        before: "Journal | None" = None,
    ) -> None:
        self.data: dict[str, Any] = data if data is not None else {}
        self._save = save
        self._before = before

    def entry(self, phase: str, step: str) -> Entry:
        """What is known of a step; empty for one that has not begun."""
        found: Entry = self.data.setdefault("steps", {}).setdefault(f"{phase}.{step}", {})
        return found

    def note(self, entry: Entry, **facts: Any) -> None:
        """Change an entry, and save."""
        entry.update(facts)
        if facts.get("status") in FINISHED:
            entry["ended"] = clock.now().timestamp()
        self._save(self.data)

    def known(self) -> dict[tuple[str, str], Entry]:
        """Inputs and outputs of the steps that have run, for expressions."""
        found = self._before.known() if self._before is not None else {}
        for name, entry in self.data.get("steps", {}).items():
            phase, _, step = name.partition(".")
            if entry.get("status") in FINISHED and "inputs" in entry:
                found[phase, step] = entry
        return found

    def rows(self) -> list[dict[str, Any]]:
        """A row for each step that has begun, in order: Phase, Step, Status, Seconds, Message, Lines."""
        found = []
        for name, entry in self.data.get("steps", {}).items():
            phase, _, step = name.partition(".")
            if "status" in entry:
                row = {"Phase": phase, "Step": step, "Status": entry["status"]}
                row["Seconds"] = round(entry.get("ended", entry["began"]) - entry["began"], 3)
                said = {"Message": entry.get("message"), "Lines": entry.get("lines")}
                found.append(row | {key: value for key, value in said.items() if value})
        return found

    def count(self, *statuses: str) -> int:
        """How many steps ended so."""
        return sum(entry.get("status") in statuses for entry in self.data.get("steps", {}).values())
