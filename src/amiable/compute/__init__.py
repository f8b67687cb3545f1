"""Virtual machines: QEMU processes, their disks, and points in time of them. docs/machine.md is the map.

spec → argv (pure) → process → qmp, agent → machine (start, status, stop)
disk (qcow2 overlays) · point_in_time, stopped → source (what the block store reads) · nbd, block_server
importer (disk files of strangers) · accelerator, doctor (what this host can do) · console
"""
