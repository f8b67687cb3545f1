"""What the host can do: which accelerator is chosen, and doctor's facts."""

import json
from pathlib import Path

from amiable.compute import accelerator, doctor
from amiable.compute.accelerator import Accelerator

TCG = Accelerator("tcg", "for this test")


def test_a_setting_decides_without_looking(tmp_path: Path) -> None:
    assert accelerator.choose("tcg", tmp_path / "cache").name == "tcg"
    assert accelerator.choose("kvm", tmp_path / "cache").name == "kvm"
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_kernel_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "vmlinuz-0").write_bytes(b"\0" * 100_000)
    works, _how = accelerator.boots(tmp_path / "vmlinuz-0", None, "tcg", 3)
    assert not works


def test_the_answer_is_kept_for_this_boot_of_the_host(tmp_path: Path) -> None:
    if (missing := accelerator.missing_for_kvm()) is not None:
        assert accelerator.choose("auto", tmp_path / "cache") == Accelerator("tcg", missing)
        assert not (tmp_path / "cache").exists()  # a module may be loaded later
        return
    first = accelerator.choose("auto", tmp_path / "cache", accelerator.newest_kernel())
    kept = json.loads((tmp_path / "cache").read_text())
    assert kept["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text()
    assert accelerator.choose("auto", tmp_path / "cache") == first


def test_this_host_can_run_the_tests(tmp_path: Path) -> None:
    found = {check.name: check for check in doctor.checks(tmp_path / "not" / "there", TCG, 720000, 20000)}
    for name in ("root", "qemu", "qemu-img", "dnsmasq", "conntrack", "namespaces", "tun", "nftables", "uefi"):
        assert found[name].ok, found[name]
    assert not found["kvm"].ok
    assert all(bool(check.remedy) != check.ok for check in found.values())


def test_a_missing_program_has_a_remedy() -> None:
    check = doctor.program("mformat-nothing", ("--version",))
    assert (check.ok, check.remedy) == (False, "Run: apt-get install mformat-nothing")


def test_user_ids_of_others_are_noticed() -> None:
    assert not doctor.uids(0, 10).ok
    assert "root" in doctor.uids(0, 10).detail
    assert doctor.uids(2_000_000_000, 10).ok
