# Clean-up before an image is made: what AWS's script removes, and what it misses (machine-id kept whole,
# histories, caches, other kinds of host keys, leases). Runs as root, once, as the last thing.
#
# Opt out by files in $DIRECTORY: skip_cleanup_{cloudinit,instance,ssh,instance_log,history,package}_files
set -u
skip() { [ -e "$DIRECTORY/skip_cleanup_$1_files" ] && echo "skipped: $1"; }
gone() { for f in "$@"; do [ -e "$f" ] || [ -L "$f" ] || continue; rm -rf -- "$f"; done; }
empty() { for f in "$@"; do [ -f "$f" ] && [ ! -L "$f" ] && : >"$f"; done; }

skip cloudinit || {
  gone /etc/sudoers.d/90-cloud-init-users.dpkg-old /var/lib/cloud/instance /var/lib/cloud/instances \
    /var/lib/cloud/data /var/lib/cloud/sem /var/log/cloud-init.log /var/log/cloud-init-output.log /run/cloud-init
}
skip instance || {
  gone /etc/.updated /etc/aliases.db /var/lib/systemd/random-seed /var/lib/systemd/credential.secret \
    /etc/udev/rules.d/70-persistent-net.rules /etc/iscsi/initiatorname.iscsi /etc/lvm/devices/system.devices
  gone /var/lib/dhclient/* /var/lib/dhcp/* /var/lib/NetworkManager/*lease* /var/lib/systemd/network/* \
    /var/lib/postfix/*.db /var/spool/postfix/*/*
  # an empty machine-id is made anew at boot; a missing one stops some systems from booting
  : >/etc/machine-id
  [ -L /var/lib/dbus/machine-id ] || gone /var/lib/dbus/machine-id
  # a name that belongs to the build instance
  case "$(cat /etc/hostname 2>/dev/null)" in ip-*) echo localhost >/etc/hostname ;; esac
}
skip ssh || {
  gone /etc/ssh/ssh_host_*
  for home in /root /home/*; do gone "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2" "$home/.ssh/known_hosts"; done
}
skip history || {
  for home in /root /home/*; do
    gone "$home"/.bash_history "$home"/.ash_history "$home"/.zsh_history "$home"/.sh_history "$home"/.python_history \
      "$home"/.mysql_history "$home"/.psql_history "$home"/.lesshst "$home"/.viminfo "$home"/.wget-hsts
  done
}
skip package || {
  command -v apt-get >/dev/null && apt-get clean
  command -v dnf >/dev/null && dnf -q clean all
  command -v apk >/dev/null && gone /var/cache/apk/*
}
skip instance_log || {
  gone /var/log/journal/* /var/crash/* /var/lib/systemd/coredump/* /var/lib/rsyslog/*
  find /var/log -xdev -type f \( -name '*.gz' -o -name '*.[0-9]' -o -name '*.old' \) -exec rm -f {} +
  find /var/log -xdev -type f -exec sh -c 'for f; do : >"$f"; done' sh {} +
  empty /var/run/utmp
}
find /tmp /var/tmp -mindepth 1 -xdev -not -path "$0" -not -path "$DIRECTORY" -exec rm -rf {} + 2>/dev/null
sync
echo "Sanitize OK"
