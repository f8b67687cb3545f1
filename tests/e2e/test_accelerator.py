"""KVM's canary: does a kernel boot here? Tried with TCG, as there is no other certainty on every host."""

from pathlib import Path

import pytest

from amiable.compute import accelerator


@pytest.fixture
def kernel(tiny_disk: Path) -> Path:
    return tiny_disk.with_suffix(".vmlinuz")


def test_a_kernel_that_boots_is_recognised(kernel: Path) -> None:
    works, how = accelerator.boots(kernel, kernel.with_suffix(".initrd"), "tcg", 60)
    assert works, how


def test_a_kernel_without_initrd_counts_when_it_looks_for_its_root(kernel: Path) -> None:
    works, how = accelerator.boots(kernel, None, "tcg", 60)
    assert works, how


def test_a_kernel_that_does_not_get_there_in_time_does_not_count(kernel: Path) -> None:
    works, how = accelerator.boots(kernel, None, "tcg", 0.2)
    assert not works
    assert "did not start" in how
