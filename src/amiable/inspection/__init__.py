"""Looking inside disks that nobody trusts. docs/inspection.md is the map.

session, channel, sandbox   ask a question of a process that has given up all its rights (`__main__`)
questions                   what it can be asked: report, diff
window, partitions          disks and their parts
volumes, filesystem, tree   LVM, ext, XFS and FAT as one tree; damage: what libyal says of broken bytes
packages, accounts, system  facts, from databases and configuration
image, checks, hygiene/     one image under inspection, and the rows of the hygiene list
secrets, blocks             keys and tokens in text, and in blocks whoever they belong to
report, diff, hunks, noise  the answers; unreadable: the answer when there is none
bill                        packages as SPDX and CycloneDX

Only `session`, `bill`, `unreadable`, `severities` and `version` are for the server's own process: everything
else touches a stranger's bytes, or libraries in C that do.
"""
