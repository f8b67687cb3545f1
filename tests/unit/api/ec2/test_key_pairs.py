"""Key pairs: formats, fingerprints beside openssl and ssh-keygen, names, deletion."""

import base64
import os
import subprocess
from pathlib import Path

import pytest

from tests.helpers.api import Api, filters, refused


def run(*words: str | Path, stdin: bytes = b"") -> bytes:
    return subprocess.run(words, input=stdin, capture_output=True, check=True).stdout


def hex_digest(algorithm: str, content: bytes) -> str:
    """`openssl md5 -c`, without what stands before the digest."""
    return run("openssl", algorithm, "-c", stdin=content).decode().strip().rpartition(" ")[2]


def keygen(tmp_path: Path, kind: str, bits: int | None = None) -> Path:
    """A key pair made by ssh-keygen; the path of the private half."""
    path = tmp_path / f"{kind}-{bits}"
    size = ["-b", str(bits)] if bits else []
    run("ssh-keygen", "-q", "-t", kind, *size, "-m", "PEM", "-N", "", "-C", "somebody@home", "-f", path)
    return path


def openssh_sha256(path: Path) -> str:
    """ssh-keygen's fingerprint, spelled as EC2 does: padded, without `SHA256:`."""
    shown = run("ssh-keygen", "-l", "-f", path).decode().split()[1].removeprefix("SHA256:")
    return shown + "=" * (-len(shown) % 4)


def private_file(tmp_path: Path, material: str) -> Path:
    path = tmp_path / "created.pem"
    path.write_text(material)
    os.chmod(path, 0o600)
    return path


def test_created_rsa_key_has_the_fingerprint_of_its_private_half(api: Api, tmp_path: Path) -> None:
    made = api("CreateKeyPair", KeyName="k")
    assert made["KeyMaterial"].startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    path = private_file(tmp_path, made["KeyMaterial"])
    der = run("openssl", "pkcs8", "-in", path, "-topk8", "-outform", "DER", "-nocrypt")
    assert made["KeyFingerprint"] == hex_digest("sha1", der)
    assert run("ssh-keygen", "-l", "-f", path).split()[0] == b"2048"
    public = run("ssh-keygen", "-y", "-f", path).decode().split()[:2]
    (pair,) = api("DescribeKeyPairs", IncludePublicKey=True)["KeyPairs"]
    assert pair["PublicKey"].split() == [*public, "k"]
    assert pair["KeyType"] == "rsa"


def test_created_ed25519_key_has_the_fingerprint_of_ssh_keygen(api: Api, tmp_path: Path) -> None:
    made = api("CreateKeyPair", KeyName="k", KeyType="ed25519", KeyFormat="pem")
    path = private_file(tmp_path, made["KeyMaterial"])
    assert made["KeyFingerprint"] == openssh_sha256(path)
    assert api("DescribeKeyPairs")["KeyPairs"][0]["KeyType"] == "ed25519"


def formats(private: Path) -> dict[str, bytes]:
    """The formats that ImportKeyPair takes, by other programs."""
    public = private.with_suffix(".pub")
    der = run("openssl", "pkey", "-in", private, "-pubout", "-outform", "DER")
    return {
        "OpenSSH": public.read_bytes(),
        "without comment": b" ".join(public.read_bytes().split()[:2]),
        "RFC 4716": run("ssh-keygen", "-e", "-m", "RFC4716", "-f", public),
        "PEM": run("ssh-keygen", "-e", "-m", "PKCS8", "-f", public),
        "DER in base64": base64.b64encode(der),
        "DER in lines of base64": base64.encodebytes(der),
    }


@pytest.mark.parametrize("bits", [1024, 2048, 3072, 4096])
def test_imported_rsa_key_has_the_fingerprint_of_its_public_half(api: Api, tmp_path: Path, bits: int) -> None:
    private = keygen(tmp_path, "rsa", bits)
    der = run("openssl", "pkey", "-in", private, "-pubout", "-outform", "DER")
    for name, material in formats(private).items():
        made = api("ImportKeyPair", KeyName=name, PublicKeyMaterial=material)
        assert made["KeyFingerprint"] == hex_digest("md5", der), name
    line = private.with_suffix(".pub").read_text().split()[:2]
    for pair in api("DescribeKeyPairs", IncludePublicKey=True)["KeyPairs"]:
        assert pair["PublicKey"] == " ".join([*line, pair["KeyName"]])


def test_imported_ed25519_key(api: Api, tmp_path: Path) -> None:
    private = keygen(tmp_path, "ed25519")
    made = api("ImportKeyPair", KeyName="k", PublicKeyMaterial=private.with_suffix(".pub").read_bytes())
    assert made["KeyFingerprint"] == openssh_sha256(private)
    assert api("DescribeKeyPairs")["KeyPairs"][0]["KeyType"] == "ed25519"


def test_rfc4716_headers_are_read_over(api: Api, tmp_path: Path) -> None:
    material = formats(keygen(tmp_path, "rsa", 2048))["RFC 4716"].decode().splitlines()
    material[1:2] = ["Subject: me", 'Comment: "one \\', 'and: two"', "x-more: \\", "and more"]
    made = api("ImportKeyPair", KeyName="k", PublicKeyMaterial="\n".join(material).encode())
    assert made["KeyPairId"].startswith("key-")


@pytest.mark.parametrize(
    "material",
    [
        b"",
        b"nonsense",
        b"ssh-rsa AAAA",
        b"ssh-rsa",
        b"---- BEGIN SSH2 PUBLIC KEY ----",
        b"---- BEGIN SSH2 PUBLIC KEY ----\n\n---- END SSH2 PUBLIC KEY ----",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        base64.b64encode(b"not DER"),
        b"\xff\xfe\x00",
        b"ssh-rsa " + b"A" * 20000,
    ],
)
def test_what_is_no_key_is_refused(api: Api, material: bytes) -> None:
    with refused("InvalidKey.Format", "OpenSSH public key format"):
        api("ImportKeyPair", KeyName="k", PublicKeyMaterial=material)
    assert api("DescribeKeyPairs")["KeyPairs"] == []


def test_keys_of_other_kinds_and_sizes_are_refused(api: Api, tmp_path: Path) -> None:
    ecdsa = keygen(tmp_path, "ecdsa", 256).with_suffix(".pub").read_bytes()
    private = keygen(tmp_path, "rsa", 2048).read_bytes()
    small = run("openssl", "genrsa", "512")
    for material in (ecdsa, private, run("openssl", "pkey", "-pubout", stdin=small)):
        with refused("InvalidKey.Format"):
            api("ImportKeyPair", KeyName="k", PublicKeyMaterial=material)


@pytest.mark.parametrize("name", ["", " k", "k ", "k" * 256, "schlüssel", "a\nb"])
def test_names(api: Api, name: str) -> None:
    with refused("InvalidParameterValue", "KeyName"):
        api("CreateKeyPair", KeyName=name, KeyType="ed25519")


def test_a_name_is_taken_once_in_an_account_and_region(api: Api) -> None:
    api("CreateKeyPair", KeyName="k", KeyType="ed25519")
    with refused("InvalidKeyPair.Duplicate", "The keypair 'k' already exists."):
        api("CreateKeyPair", KeyName="k", KeyType="ed25519")
    for other in (api.other_account(), api.other_region()):
        other("CreateKeyPair", KeyName="k", KeyType="ed25519")
        assert len(other("DescribeKeyPairs")["KeyPairs"]) == 1


def test_putty_format_and_unknown_kinds_are_refused(api: Api) -> None:
    with refused("UnsupportedOperation", "ppk"):
        api("CreateKeyPair", KeyName="k", KeyFormat="ppk")
    with refused("InvalidParameterValue", "KeyType"):
        api("CreateKeyPair", KeyName="k", KeyType="dsa")


def test_describe_by_name_id_and_filters(api: Api) -> None:
    tags = [{"ResourceType": "key-pair", "Tags": [{"Key": "team", "Value": "web"}]}]
    one = api("CreateKeyPair", KeyName="one", KeyType="ed25519", TagSpecifications=tags)
    two = api("CreateKeyPair", KeyName="two", KeyType="ed25519")
    assert one["Tags"] == [{"Key": "team", "Value": "web"}]

    def names(**request: object) -> list[str]:
        return sorted(pair["KeyName"] for pair in api("DescribeKeyPairs", **request)["KeyPairs"])

    assert names() == ["one", "two"]
    assert names(KeyNames=["two"]) == ["two"]
    assert names(KeyPairIds=[one["KeyPairId"]]) == ["one"]
    assert names(KeyNames=["two"], KeyPairIds=[one["KeyPairId"], two["KeyPairId"]]) == ["two"]
    assert names(Filters=filters(key_name="t*")) == ["two"]
    assert names(Filters=filters(key_pair_id=two["KeyPairId"])) == ["two"]
    assert names(Filters=filters(fingerprint=one["KeyFingerprint"])) == ["one"]
    assert names(Filters=[{"Name": "tag:team", "Values": ["web"]}]) == ["one"]
    assert "PublicKey" not in api("DescribeKeyPairs")["KeyPairs"][0]
    with refused("InvalidKeyPair.NotFound", "'three'"):
        names(KeyNames=["one", "three"])
    with refused("InvalidKeyPair.NotFound"):
        names(KeyPairIds=["key-0123456789abcdef0"])
    with refused("InvalidParameterValue"):
        names(Filters=filters(colour="red"))
    with refused("InvalidKeyPair.NotFound"):
        api.other_account()("DescribeKeyPairs", KeyNames=["one"])


def test_delete_by_name_or_id_and_again(api: Api) -> None:
    one = api("CreateKeyPair", KeyName="one", KeyType="ed25519")["KeyPairId"]
    two = api("CreateKeyPair", KeyName="two", KeyType="ed25519")["KeyPairId"]
    api("CreateTags", Resources=[one], Tags=[{"Key": "a", "Value": "b"}])
    assert api.other_account()("DeleteKeyPair", KeyPairId=two) == {"Return": True}
    assert api("DeleteKeyPair", KeyName="one", KeyPairId=two) == {"Return": True}
    assert api("DeleteKeyPair", KeyName="one") == {"Return": True, "KeyPairId": one}
    assert api("DeleteKeyPair", KeyPairId=two) == {"Return": True, "KeyPairId": two}
    assert api("DeleteKeyPair", KeyName="one") == {"Return": True}
    assert api("DescribeKeyPairs")["KeyPairs"] == []
    assert api("DescribeTags")["Tags"] == []
    with refused("MissingParameter"):
        api("DeleteKeyPair")
