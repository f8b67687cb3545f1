"""./check: every check of this repository, stage by stage, on two cores.

Runs on Debian's own Python and its standard library alone, since its first stage installs everything else.

    stages    the declared list: what is checked, by which command
    run       one stage: a process group, its log, its deadline, what its tests counted
    leftovers what a run left on this machine: processes, networks, mounts
    __main__  the order, the lines printed, the last line that CI reads
"""
