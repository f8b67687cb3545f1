"""A build under way: the story that carries it, and what each step action of its workflows does.

story.py        begin ► work … ► clean_up: one step of a workflow after the other
stage.py        which step is next; what a step leaves behind in the rows
step.py         what an action gets: the rows, the cloud, the log, a journal
machines.py components.py imaging.py distribution.py other.py    the actions
cache.py        disks and images by the hash of what they depend on
names.py        names of images with dates
logs.py         the log of a build
"""
