"""What a person sets up on *test* over SSH, and the questions that tell whether it is there.

A row of WORK is done on *test* alone. A question of FACTS is asked on both machines; its answer is one line.
"""

from dataclasses import dataclass

PAGE = "<h1>Hello from the web server</h1>"
HEADER = "X-Configured-By"

FIREWALL = """\
#!/usr/sbin/nft -f
flush ruleset
table inet host_firewall {
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established,related accept
    icmp type echo-request accept
    udp dport 68 accept
    tcp dport { 22, 80 } accept
  }
}
"""


@dataclass(frozen=True)
class Work:
    """Something that a person does: what, and the lines typed."""

    what: str
    script: str


WORK = (
    Work(
        "Install a web server",
        "sudo apt-get -qq update\n"
        "sudo DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends nginx-light",
    ),
    Work("Publish a page", f"echo '{PAGE}' | sudo tee /var/www/html/index.html >/dev/null"),
    Work(
        "Configure the web server",
        f"echo 'add_header {HEADER} demo;' | sudo tee /etc/nginx/conf.d/header.conf >/dev/null\n"
        "sudo nginx -q -t && sudo systemctl reload nginx",
    ),
    Work(
        "Add a group and a user",
        "sudo groupadd editors\nsudo useradd --create-home --shell /bin/bash --groups editors anna",
    ),
    Work("Set an environment variable", "echo 'APP_STAGE=green' | sudo tee -a /etc/environment >/dev/null"),
    Work("Name a host", "echo '10.20.30.40 db.internal' | sudo tee -a /etc/hosts >/dev/null"),
    Work(
        "Add a DNS search domain",
        "sudo mkdir -p /etc/systemd/resolved.conf.d\n"
        "printf '[Resolve]\\nDomains=corp.example\\n'"
        " | sudo tee /etc/systemd/resolved.conf.d/corp.conf >/dev/null\n"
        "sudo systemctl restart systemd-resolved",
    ),
    Work(
        "Close the host's firewall but for SSH and HTTP",
        f"sudo tee /etc/nftables.conf >/dev/null <<'RULES'\n{FIREWALL}RULES\n"
        "sudo systemctl -q enable --now nftables",
    ),
)

IMDS = "http://169.254.169.254/latest"

# Name of a fact → a shell command that prints it.
FACTS = {
    "application": "systemctl is-active nginx",
    "page": "cat /var/www/html/index.html",
    "configuration": "cat /etc/nginx/conf.d/header.conf",
    "environment": "printenv APP_STAGE",
    "hosts": "getent hosts db.internal | tr -s ' '",
    "dns": "resolvectl domain | sed -n 's/^Global: *//p'",
    "user": "getent passwd anna",
    "groups": "id -nG anna",
    "firewall": "sudo nft list chain inet host_firewall input | awk "
    "'/policy drop/ {print \"drop all\"} /dport { 22, 80 } accept/ {print \"but 22, 80\"}' | paste -sd' '",
    "memory": "awk '/MemTotal/ {printf \"%.1f GiB\", $2/1048576}' /proc/meminfo",
    "host key": "sudo ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub | cut -d' ' -f2",
    "machine-id": "cat /etc/machine-id",
    "hostname": "hostname",
    "instance-id": f'curl -s -H "X-aws-ec2-metadata-token: $(curl -s -X PUT -H '
    f'"X-aws-ec2-metadata-token-ttl-seconds: 60" {IMDS}/api/token)" {IMDS}/meta-data/instance-id',
}


def questions() -> str:
    """One script that asks for every fact: `name<TAB>answer`, a line each."""
    return "\n".join(
        f"printf '%s\\t%s\\n' '{name}' \"$({command} 2>&1 | head -n 1)\"" for name, command in FACTS.items()
    )


def answers(text: str) -> dict[str, str]:
    """Facts by name, from what the script of `questions` printed."""
    return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)
