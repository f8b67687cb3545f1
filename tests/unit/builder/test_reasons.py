"""Why components run: told beside what the last build was made of."""

from typing import Any

import pytest

from amiable.builder.execution.reasons import _why

DOCUMENT = "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: s, action: Reboot, inputs: {}}]}]\n"
ALWAYS = DOCUMENT + "constants: [{amiable-cache: {type: string, value: never}}]\n"


def part(name: str, text: str = DOCUMENT, **parameters: str) -> dict[str, Any]:
    return {"name": name, "text": f"# {name}\n{text}", "parameters": parameters}


def inputs(*parts: dict[str, Any], base: str = "ami-1", cache: bool = True) -> dict[str, Any]:
    return {"parentImage": base, "components": list(parts), "cache": cache}


A, B = part("a"), part("b")
ASKS = part(
    "asks",
    "schemaVersion: 1.0\nphases:\n"
    "  - {name: build, steps: [{name: s, action: ExecuteBash, inputs: {commands: [id]}}]}\n"
    "  - {name: validate, steps: [{name: t, action: Assert, inputs: "
    "{not: {stringIsEmpty: '{{ build.s.outputs.stdout }}'}}}]}\n",
)
KEYS = ["k"] * 3


@pytest.mark.parametrize(
    ("now", "before", "keys", "said"),
    [
        (inputs(A, B, cache=False), inputs(A, B), [None] * 3, "the build asked for no cache"),
        (inputs(A, B), None, KEYS, "nothing was built of this recipe before"),
        (inputs(A, B, base="ami-2"), inputs(A, B), KEYS, "the base image changed (ami-1 before, ami-2 now)"),
        (inputs(A, part("b", Word="w")), inputs(A, B), KEYS, "its parameters changed"),
        (
            inputs(A, part("b", ALWAYS)),
            inputs(A, B),
            ["k", "k", None],
            "its document says that it always must",
        ),
        (inputs(part("a", ALWAYS), B), None, ["k", None, None], "it comes after a, which always must"),
        (inputs(A, part("b", DOCUMENT + "#\n")), inputs(A, B), KEYS, "its document changed"),
        (
            inputs(part("a", DOCUMENT + "#\n"), B),
            inputs(A, B),
            KEYS,
            "it comes after a: its document changed",
        ),
        (inputs(A, B), inputs(A), KEYS, "it is new in the recipe"),
        (inputs(A, B), inputs(B, A), KEYS, "it comes after a: its place in the recipe changed"),
        (inputs(A, B), inputs(A, B), KEYS, "no disk after it is in the cache"),
        (inputs(ASKS, B), inputs(ASKS, B), KEYS, "a validate phase, its own or one before it, asks what"),
    ],
)
def test_the_reason_of_the_second_component(
    now: dict[str, Any], before: dict[str, Any] | None, keys: list[str | None], said: str
) -> None:
    assert _why(now, before, keys, 1).startswith(said)
