"""What a clean-up removes from an image: the declared list. Each can be left out by its name.

The script runs in busybox's shell inside the image's tree, in the cleaning machine, with these words
(files/prelude): `drop` removes, `blank` empties files, `edit FILE PROGRAM` passes a file through awk,
`in_homes` and `strip` work in every home folder. Patterns that match nothing are nothing.
"""

from dataclasses import dataclass

FREE_SPACE = "free-space"


@dataclass(frozen=True)
class Operation:
    """One thing to remove; `name` is what callers keep it by."""

    name: str
    title: str
    script: str


# What follows a home folder, as patterns of the shell.
_STORES = (
    ".aws .azure .boto .cargo/credentials* .config/gcloud .config/gh .config/rclone .docker/config.json"
    " .git-credentials .gnupg .kube .my.cnf .mylogin.cnf .netrc .npmrc .pgpass .pypirc .s3cfg .terraform.d"
    " .vault-token .ssh/id_* .ssh/*.pem .ssh/config .password-store"
)
_HISTORIES = (
    ".*history .bash_history-*.tmp .lesshst .viminfo .wget-hsts .local/share/fish/fish_history"
    " .local/share/recently-used.xbel .ssh/known_hosts*"
)

OPERATIONS = (
    Operation(
        "users",
        "Accounts of people (user ids 1000 to 59999) with their files; the login account that the image is"
        " used with stays, with a fresh home",
        """
        for user in $(people); do
            home=$(home_of "$user")
            case $home in /home/?*) drop "$home" ;; esac
            drop /var/mail/$user /var/spool/mail/$user /var/spool/cron/$user /var/spool/cron/crontabs/$user
            if [ "$user" = "$login" ]; then
                fresh "$user" "$home"
            else
                drop /var/lib/systemd/linger/$user
                forget "$user"
            fi
        done
        drop /etc/passwd- /etc/shadow- /etc/group- /etc/gshadow- /etc/subuid- /etc/subgid-
        """,
    ),
    Operation(
        "passwords",
        "Passwords: nobody can log in with one; root's too",
        """
        edit /etc/shadow '$2 !~ /^[!*]/ { $2 = "*" } { print }'
        edit /etc/passwd '$2 != "x" && $2 !~ /^[!*]/ { $2 = shadow ? "x" : "*" } { print }'
        drop /etc/shadow- /etc/passwd- /etc/security/opasswd
        """,
    ),
    Operation(
        "credentials",
        "Credentials and private keys of client programs, in home folders",
        f"strip '{_STORES}'",
    ),
    Operation(
        "authorized-keys",
        "SSH keys that may log in",
        "strip '.ssh/authorized_keys*'; drop /etc/ssh/authorized_keys/* /etc/dropbear/authorized_keys",
    ),
    Operation(
        "host-keys",
        "SSH host keys",
        "drop /etc/ssh/ssh_host_*_key* /etc/ssh/*_key /etc/ssh/*_key.pub /etc/dropbear/dropbear_*_host_key",
    ),
    Operation("histories", "Histories of shells and clients", f"strip '{_HISTORIES}'"),
    Operation(
        "logs",
        "Logs, the journal, records of logins, crash dumps, local mail; log files stay, empty",
        """
        drop /var/log/journal/* /var/log/*.[0-9] /var/log/*.gz /var/log/*/*.[0-9] /var/log/*/*.gz \\
            /var/log/*.old /var/log/*-20[0-9][0-9]* /var/log/installer /var/crash/* /var/spool/abrt/* \\
            /var/lib/systemd/coredump/* /var/mail/* /var/spool/mail/* /var/lib/systemd/pstore/*
        find /var/log /run/utmp -type f -size +0 >/proc/found 2>/dev/null
        while read -r file; do blank "$file"; done </proc/found
        """,
    ),
    Operation(
        "caches",
        "Caches of package managers, and .cache of home folders",
        """
        strip .cache
        drop /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/* /var/cache/apt/*.bin \\
            /var/lib/apt/lists/*_* /var/lib/apt/lists/partial/* /var/lib/apt/lists/auxfiles/* \\
            /var/cache/apk/* /var/cache/dnf/* /var/cache/libdnf5/* /var/cache/yum/* /var/cache/zypp/* \\
            /var/cache/pacman/pkg/* /var/cache/debconf/*-old /var/lib/dpkg/*-old
        """,
    ),
    Operation(
        "machine-id",
        "The machine's identity: machine-id (emptied, so that systemd fills it), D-Bus's, host id, iSCSI's",
        """
        blank /etc/machine-id
        [ -L /var/lib/dbus/machine-id ] || drop /var/lib/dbus/machine-id
        drop /etc/hostid /etc/iscsi/initiatorname.iscsi /etc/lvm/devices/system.devices \\
            /etc/udev/rules.d/70-persistent-net.rules
        """,
    ),
    Operation(
        "cloud-init",
        "What cloud-init and amiable remember of the instance: both see a new one",
        "drop /var/lib/cloud/* /var/lib/amiable/instance-id /var/lib/amiable/user-data-done"
        " /etc/netplan/50-cloud-init.yaml /etc/network/interfaces.d/50-cloud-init",
    ),
    Operation(
        "random-seed",
        "The seed of the random number generator, and systemd's key of credentials",
        "drop /var/lib/systemd/random-seed /var/lib/urandom/random-seed /var/lib/random-seed"
        " /var/lib/seedrng/* /boot/loader/random-seed /boot/efi/loader/random-seed /efi/loader/random-seed"
        " /var/lib/systemd/credential.secret",
    ),
    Operation(
        "leases",
        "DHCP leases",
        "drop /var/lib/dhcp/* /var/lib/dhclient/* /var/lib/dhcpcd/* /var/lib/NetworkManager/*lease*"
        " /var/lib/NetworkManager/secret_key /var/lib/systemd/network/*",
    ),
    Operation(
        "temporary",
        "Temporary files",
        """
        for folder in /tmp /var/tmp /run /lost+found; do
            [ -L $folder ] || drop $folder/* $folder/.[!.]* $folder/..?*
        done
        """,
    ),
    Operation(
        FREE_SPACE, "Deleted content: free blocks, journals and swap space are overwritten with zeros", ""
    ),
)
NAMES = tuple(each.name for each in OPERATIONS)
