"""EBS direct: the blocks of snapshots, read and written by clients without a machine."""
