"""Bootable whole-disk images made from Debian packages, without loop devices, mounts or KVM.

    tree.py    Debian packages → a tar file of the root file system (mmdebstrap), kept for the next time
    initrd.py  kernels in a tree → their boot files (own initrd, grub.cfg)
    disk.py    tree → GPT disk that boots by BIOS and UEFI
    debian.py  the public base image: Debian 12 with cloud-init
    lamp.py    Apache, MariaDB and PHP on it: the product of the marketplace
    tiny.py    kernel, busybox, SSH and the guest agent: a machine for tests that starts in seconds
    files/     what the images get besides packages, laid out as in the image

What runs as root on this host while building are programs of signed Debian packages only: apt checks the
archive's signature with the host's keyring, and mmdebstrap configures packages in namespaces of its own.
"""
