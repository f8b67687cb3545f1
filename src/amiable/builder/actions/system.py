"""Reboot, and UpdateOS with whatever package manager the guest has."""

import shlex
from collections.abc import Mapping
from typing import Any

from amiable.builder.actions.call import Call, Reboot, StepFailed

NONE, STALE = 127, 126
"""How the script ends where it knows no package manager, and where the lists of packages cannot be had."""

# A new kernel is a new package: without --with-new-pkgs apt keeps the old one.
_UPDATE = """
set -e
if command -v apt-get >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
  quiet='-qq -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=600'
  apt() {{ apt-get $quiet "$@"; }}
  apt -o APT::Update::Error-Mode=any update || exit {stale}
  if [ -n "{include}" ]; then
    apt install --only-upgrade {include}
  elif [ -n "{exclude}" ]; then
    held=$(apt-mark showhold)
    trap 'for p in {exclude}; do case " $held " in *" $p "*) ;; *) apt-mark unhold "$p";; esac; done' EXIT
    apt-mark hold {exclude}
    apt --with-new-pkgs upgrade
  else
    apt --with-new-pkgs upgrade
  fi
elif command -v dnf >/dev/null; then
  dnf -q -y update {dnf_exclude} {include}
elif command -v yum >/dev/null; then
  yum -y update {dnf_exclude} {include}
elif command -v zypper >/dev/null && [ -z "{exclude}" ]; then
  zypper --non-interactive update {include}
elif command -v apk >/dev/null && [ -z "{exclude}" ]; then
  apk update || exit {stale}
  apk upgrade {include}
else
  exit {none}
fi
"""


def reboot(call: Call, inputs: Mapping[str, Any]) -> None:
    """Start the machine anew and go on with the next step."""
    raise Reboot(again=False, delay=float(inputs["delaySeconds"]))


def update_os(call: Call, inputs: Mapping[str, Any]) -> None:
    """Bring packages up to date: all, only some (include), or all but some (exclude)."""
    include, exclude = inputs["include"] or (), inputs["exclude"] or ()
    if include and exclude:
        include, exclude = [name for name in include if name not in exclude], ()
        if not include:
            return
    for name in (*include, *exclude):
        if name.startswith("-") or shlex.quote(name) != name:
            raise StepFailed(f"'{name}' is not the name of a package.")
    script = _UPDATE.format(
        include=" ".join(include),
        exclude=" ".join(exclude),
        dnf_exclude=" ".join(f"--exclude={name}" for name in exclude),
        none=NONE,
        stale=STALE,
    )
    status, _ = call.run(script)
    if status == NONE:
        raise StepFailed(
            "UpdateOS found no package manager it can do this with (apt, dnf, yum, zypper, apk)."
        )
    if status == STALE:
        raise StepFailed("The package lists cannot be fetched: can the machine reach its mirror?", call.last)
    if status != 0:
        raise StepFailed(f"The package manager exited with status {status}.", call.last)
