"""Private keys and tokens in text and in raw blocks, by the rules of detect-secrets.

A hit says kind and place, never the secret. The rules that judge by entropy or by words such as
"password" are left out: over a whole system they find little but noise. Known placeholders of manuals are
no secrets.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.stripe import StripeDetector

from amiable.inspection.window import Disk

KEY = PrivateKeyDetector.secret_type
_TOKENS = (
    AWSKeyDetector,
    AzureStorageKeyDetector,
    BasicAuthDetector,
    DiscordBotTokenDetector,
    GitHubTokenDetector,
    GitLabTokenDetector,
    JwtTokenDetector,
    NpmDetector,
    OpenAIDetector,
    PypiTokenDetector,
    SendGridDetector,
    SlackDetector,
    StripeDetector,
)
_RULES = [(each.secret_type, rule) for each in _TOKENS for rule in each.denylist]
# What the rules of private keys look for is a heading: here a key must follow it.
_PEM = re.compile(
    rb"-----(?:" + b"|".join(rule.pattern.encode() for rule in PrivateKeyDetector.denylist[:7]) + rb"|BEGIN "
    rb"ENCRYPTED PRIVATE KEY)-----\s{1,4}(?:[A-Za-z-]+: [^\n]{1,200}\s{1,4}){0,4}\s{0,4}[A-Za-z0-9+/=]{40}"
)
# Beginnings of tokens that are looked for in raw blocks, where text rules would drown in noise.
_RAW = {
    b"AKIA": re.compile(rb"(?<![A-Za-z0-9+/])AKIA[0-9A-Z]{16}(?![A-Za-z0-9+/=])"),
    b"ASIA": re.compile(rb"(?<![A-Za-z0-9+/])ASIA[0-9A-Z]{16}(?![A-Za-z0-9+/=])"),
    b"ghp_": re.compile(rb"(?<![A-Za-z0-9])ghp_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    b"glpat-": re.compile(rb"(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{20}(?![A-Za-z0-9])"),
    b"xoxb-": re.compile(rb"(?<![A-Za-z0-9])xoxb-\d{8,}-[A-Za-z0-9-]{16,}"),
}
_RAW_KINDS = {
    b"AKIA": AWSKeyDetector.secret_type,
    b"ASIA": AWSKeyDetector.secret_type,
    b"ghp_": GitHubTokenDetector.secret_type,
    b"glpat-": GitLabTokenDetector.secret_type,
    b"xoxb-": SlackDetector.secret_type,
}
_PLACEHOLDER = re.compile(
    r"EXAMPLE|example|user(name)?:|(your|my)[-_ ]?(token|password|key)"
    r"|:(pass(word|wd)?|secret|\*+|x+|\.+|%\w|\$)@|<",
)
_STEP, _OVERLAP = 4 << 20, 4096
MOST = 1000
"""Hits in raw blocks that are reported."""


@dataclass(frozen=True, order=True)
class Hit:
    """A secret of some kind: `offset` in bytes from the start of what was searched; `line` from 1."""

    kind: str
    offset: int
    line: int = 0


def in_text(data: bytes) -> list[Hit]:
    """The secrets in a text file, one a line; none in what is not text."""
    if b"\0" in data[:8192]:
        return []
    found = {}
    for match in _PEM.finditer(data):
        line = data.count(b"\n", 0, match.start()) + 1
        found[line] = Hit(KEY, match.start(), line)
    text = data.decode("latin-1")
    for kind, rule in _RULES:
        for said in rule.finditer(text):
            if not _placeholder(said.group(0)):
                line = text.count("\n", 0, said.start()) + 1
                found.setdefault(line, Hit(kind, said.start(), line))
    return sorted(found.values(), key=lambda hit: hit.line)


def redacted(text: str) -> str:
    """The text with secrets of every kind taken out."""
    for kind, rule in _RULES:
        text = rule.sub(f"[{kind} removed]", text)
    return re.sub(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*", "[private key removed]", text)


def _placeholder(text: str) -> bool:
    return bool(_PLACEHOLDER.search(text)) or len(set(text)) < 10


def in_blocks(disk: Disk, ranges: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    """The private keys and tokens in the given (offset, length) ranges of a disk, whatever they belong to."""
    count = 0
    for start, length in ranges:
        for at in range(start, start + length, _STEP):
            data = disk.read_at(at, min(_STEP + _OVERLAP, start + length - at))
            for hit in _raw(data):
                if hit.offset < _STEP:
                    yield Hit(hit.kind, at + hit.offset)
                    count += 1
            if count >= MOST:
                return


def _raw(data: bytes) -> Iterator[Hit]:
    at = data.find(b"-----BEGIN ")
    while at >= 0:
        if _PEM.match(data, at):
            yield Hit(KEY, at)
        at = data.find(b"-----BEGIN ", at + 1)
    for needle, rule in _RAW.items():
        at = data.find(needle)
        while at >= 0:
            match = rule.match(data, at)
            if match and not _placeholder(match.group(0).decode()):
                yield Hit(_RAW_KINDS[needle], at)
            at = data.find(needle, at + 1)
