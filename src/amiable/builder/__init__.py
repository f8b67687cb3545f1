"""The builder: component documents, and how they run on a guest.

document/   the language: text → checked Document, or every problem with its place
guest.py    what a machine must offer to be built on; ssh.py offers it over SSH
actions/    what each action module does on a guest
run.py      a document's phases, steps, attempts, loops and reboots, resumable at any point
"""
