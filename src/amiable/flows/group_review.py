"""The rules of an instance's security groups, reviewed as its image is: declared checks that give findings.

Groups are no part of an image. They are reviewed because whoever launches from it will most likely use the
same ones, and nothing is changed: opening a port to everyone can be what was meant. Only rules that let in
the whole world count, which is any range wider than a /8; other groups and narrower ranges are somebody.
"""

from collections.abc import Callable, Collection, Iterator
from ipaddress import ip_network
from typing import Any

from amiable.inspection.checks import Check, Found, run
from amiable.model.instance import Instance
from amiable.model.security_group import SecurityGroup, SecurityGroupRule

Rule = tuple[SecurityGroup, SecurityGroupRule]
_WORLD = 8
_MANY = 100
_ALL_PORTS = (0, 65535)
_NARROW = "Let in the addresses that need it (or another group), then revoke the rule for everyone."
_HUB = "AWS Security Hub, controls of EC2"


def review(instance: Instance) -> dict[str, Any]:
    """`findings` and `checks` as in a report (docs/inspection.md), of the groups as they are now."""
    groups = {group.id: group for interface in instance.interfaces for group in interface.groups}
    open_rules = [
        (group, rule)
        for _, group in sorted(groups.items())
        for rule in group.rules
        if _lets_in_everyone(rule)
    ]
    return {"findings": run(CHECKS, open_rules), "checks": [check.shape() for check in CHECKS]}


def _lets_in_everyone(rule: SecurityGroupRule) -> bool:
    return not rule.egress and rule.cidr is not None and ip_network(rule.cidr).prefixlen < _WORLD


def _span(rule: SecurityGroupRule) -> tuple[int, int]:
    """First and last TCP or UDP port of a rule; an empty span when it is about another protocol."""
    if rule.protocol == "-1":
        return _ALL_PORTS
    return (rule.from_port, rule.to_port) if rule.protocol in ("tcp", "udp", "6", "17") else (0, -1)


def _found(group: SecurityGroup, rule: SecurityGroupRule, what: str) -> Found:
    protocol = "every protocol" if rule.protocol == "-1" else rule.protocol
    return Found(f"{group.id} ({group.name}), {rule.id}: {what} ({protocol}) from {rule.cidr}.")


def _everything(rules: Collection[Rule]) -> Iterator[Found]:
    for group, rule in rules:
        if _span(rule) == _ALL_PORTS:
            yield _found(group, rule, "all ports")


def _some(rules: Collection[Rule]) -> Iterator[tuple[SecurityGroup, SecurityGroupRule, int, int]]:
    """The rules that are not `_everything`'s, with their first and last port."""
    for group, rule in rules:
        if _span(rule) != _ALL_PORTS:
            yield group, rule, *_span(rule)


def _many(rules: Collection[Rule]) -> Iterator[Found]:
    for group, rule, first, last in _some(rules):
        if last - first >= _MANY:
            yield _found(group, rule, f"ports {first} to {last}")


def _any_of(*ports: int) -> Callable[[Collection[Rule]], Iterator[Found]]:
    """A test for rules that let in one of these ports."""

    def test(rules: Collection[Rule]) -> Iterator[Found]:
        for group, rule, first, last in _some(rules):
            if hit := [str(port) for port in ports if first <= port <= last]:
                yield _found(group, rule, f"port {', '.join(hit)}")

    return test


CHECKS = (
    Check(
        "open-everything",
        "high",
        "All ports open to the world",
        "Whatever a program listens on can be reached by everyone, the next one that is installed too.",
        "Let in the ports that are offered, one rule each, then revoke this one.",
        f"{_HUB} EC2.18 and EC2.19",
        _everything,
    ),
    Check(
        "open-database",
        "high",
        "A database open to the world",
        "Databases are searched for and tried all the time, and many hold their data without a password.",
        _NARROW,
        f"{_HUB} EC2.19; Trusted Advisor: specific ports unrestricted",
        # SQL Server, Oracle, MySQL, PostgreSQL, Redis, Elasticsearch, memcached, MongoDB
        _any_of(1433, 1434, 1521, 3306, 4333, 5432, 5500, 6379, 9200, 9300, 11211, 27017, 27018, 27019),
    ),
    Check(
        "open-remote-desktop",
        "high",
        "Remote desktop open to the world",
        "RDP and VNC are guessed at all the time.",
        _NARROW,
        f"{_HUB} EC2.14",
        _any_of(3389, 5900, 5901),
    ),
    Check(
        "open-clear-text",
        "high",
        "Logins in clear text open to the world",
        "FTP, telnet, rlogin, POP3 and IMAP send passwords for everyone on the way to read.",
        "Offer SSH or TLS instead, then revoke the rule.",
        f"{_HUB} EC2.19",
        _any_of(20, 21, 23, 110, 143, 512, 513, 514),
    ),
    Check(
        "open-file-sharing",
        "high",
        "File sharing open to the world",
        "NFS, SMB and RPC are made for one network whose machines trust each other.",
        _NARROW,
        f"{_HUB} EC2.19",
        _any_of(111, 135, 137, 138, 139, 445, 2049),
    ),
    Check(
        "open-administration",
        "high",
        "An administrator's interface open to the world",
        "Who reaches Docker's, Kubernetes' or Kibana's interface often owns the machine.",
        _NARROW,
        f"{_HUB} EC2.19",
        _any_of(2375, 2376, 5601, 6443, 10250),
    ),
    Check(
        "open-ssh",
        "medium",
        "SSH open to 0.0.0.0/0",
        "Passwords and old keys are tried all the time, and the next hole in SSH is everyone's.",
        _NARROW,
        f"{_HUB} EC2.13",
        _any_of(22),
    ),
    Check(
        "open-many-ports",
        "medium",
        "Many ports open to the world",
        "Nobody knows what will listen there one day.",
        "Let in the ports that are offered, then revoke this rule.",
        f"{_HUB} EC2.18",
        _many,
    ),
)
