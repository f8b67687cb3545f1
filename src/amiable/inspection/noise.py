"""What changes on every machine by itself: folded away in a diff, shown on demand.

Whoever hides a change in one of these places hides it from a quick look, not from the diff: noise is marked,
never left out.
"""

import re

_ROWS = (
    ("logs", r"/var/log/.*|/var/lib/systemd/(journal|catalog)/.*"),
    ("identity", r"/etc/machine-id|/var/lib/dbus/machine-id|/etc/ssh/ssh_host_.*|/var/lib/systemd/random-seed"
     r"|/var/lib/systemd/credential\.secret|/var/lib/urandom/.*|/etc/hostname|/boot/.*/random-seed"),
    ("cloud-init", r"/var/lib/cloud(/.*)?|/run/cloud-init(/.*)?|/etc/netplan/50-cloud-init\.yaml"
     r"|/etc/network/interfaces\.d/50-cloud-init.*|/etc/sudoers\.d/90-cloud-init-users"),
    ("leases", r"/var/lib/(dhcp|dhclient|dhcpcd|NetworkManager)/.*|/etc/resolv\.conf"),
    ("caches", r"/var/cache/.*|/var/lib/apt/(lists|periodic)/.*|.*/__pycache__(/.*)?|/var/lib/dpkg/.*-old"
     r"|/var/lib/man-db/.*|/var/backups/.*|/etc/ld\.so\.cache"),
    ("run time", r"/run/.*|/tmp/.*|/var/tmp/.*|/var/lib/systemd/(timers|timesync|rfkill|linger)(/.*)?"
     r"|/var/lib/(logrotate|chrony|ntp|private|sudo|misc|initscripts)(/.*)?|/var/spool/.*|/lost\+found"
     r"|/etc/adjtime"
     r"|/etc/\.updated|/var/\.updated|/etc/\.pwd\.lock|/etc/mtab|/var/lib/plymouth/.*|/var/lib/systemd/deb-.*"),
)  # fmt: skip
_RULES = [(name, re.compile(rule)) for name, rule in _ROWS]


def noise(path: str) -> str:
    """The kind of noise that a change of this path is; empty if it is none."""
    return next((name for name, rule in _RULES if rule.fullmatch(path)), "")
