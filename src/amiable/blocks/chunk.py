"""A chunk: the content of one 512 KiB block, named by the BLAKE3-256 of its plaintext.

Stored form: one marker byte, then a zstd frame (1) or the plaintext itself (0) when zstd gains nothing.
A stored form is untrusted: it is never expanded beyond one block, and its hash is checked before use.
"""

import threading

import zstandard
from blake3 import blake3

from amiable.blocks.layout import chunk_key, copies_prefix
from amiable.blocks.store import ReadStore
from amiable.core.errors import AmiableError, Corrupt, InvalidInput, NotFound

BLOCK_SIZE = 524288
# zstd fitted to 512 KiB blocks: the size of level 3 for two thirds of its time; measured in docs/figures.md.
_FITTED = zstandard.ZstdCompressionParameters(
    window_log=19, hash_log=17, chain_log=16, search_log=1, min_match=5, strategy=zstandard.STRATEGY_DFAST
)

_RAW, _ZSTD = b"\x00", b"\x01"
_coders = threading.local()  # compressors are not safe to share between threads


def chunk_id(plain: bytes | memoryview) -> bytes:
    """The 32-byte name of a block's content."""
    return blake3(plain).digest()


ZERO_ID = chunk_id(bytes(BLOCK_SIZE))


def encode(plain: bytes | memoryview) -> bytes:
    """The stored form of exactly one block. Raises InvalidInput for another length."""
    if len(plain) != BLOCK_SIZE:
        raise InvalidInput(f"A block has {BLOCK_SIZE} bytes, not {len(plain)}.")
    compressor = getattr(_coders, "compressor", None)
    if compressor is None:
        compressor = _coders.compressor = zstandard.ZstdCompressor(compression_params=_FITTED)
    frame = compressor.compress(plain)
    return _ZSTD + frame if len(frame) < BLOCK_SIZE else _RAW + plain


def decode(body: bytes, chunk_id: bytes) -> bytes:
    """The checked plaintext (one block) of a stored form. Raises Corrupt naming the chunk."""
    what = f"chunk {chunk_id.hex()}"
    marker, rest = body[:1], memoryview(body)[1:]
    if marker == _ZSTD:
        plain = _expand(rest, what)
    elif marker == _RAW:
        plain = bytes(rest)
    else:
        raise Corrupt(what, "it is empty or of no known form")
    if len(plain) != BLOCK_SIZE:
        raise Corrupt(what, f"it has {len(plain)} bytes instead of {BLOCK_SIZE}")
    if blake3(plain).digest() != chunk_id:
        raise Corrupt(what, "its content does not match its name")
    return plain


def _expand(frame: memoryview, what: str) -> bytes:
    try:
        if zstandard.frame_content_size(frame) != BLOCK_SIZE:
            raise Corrupt(what, "its frame does not hold one block")
        expander = getattr(_coders, "expander", None)
        if expander is None:
            expander = _coders.expander = zstandard.ZstdDecompressor()
        plain: bytes = expander.decompress(frame, max_output_size=BLOCK_SIZE)
    except zstandard.ZstdError as error:
        raise Corrupt(what, str(error)) from error
    return plain


def fetch(store: ReadStore, chunk_id: bytes) -> bytes:
    """The checked plaintext of a chunk in a store, from a further copy if the first is missing or bad.

    Raises NotFound or Corrupt (naming the chunk) if no copy is good.
    """
    return _good(store, chunk_id)[1]


def fetch_stored(store: ReadStore, chunk_id: bytes) -> bytes:
    """The stored form of a chunk in a store, its content checked. Raises as `fetch`."""
    return _good(store, chunk_id)[0]


def _good(store: ReadStore, chunk_id: bytes) -> tuple[bytes, bytes]:
    """(stored form, plaintext) of the first good copy."""
    try:
        body = store.get(chunk_key(chunk_id))
        return body, decode(body, chunk_id)
    except (NotFound, Corrupt) as first:
        problem: AmiableError = first
    for entry in store.list(copies_prefix(chunk_id)):
        try:
            body = store.get(entry.key)
            return body, decode(body, chunk_id)
        except NotFound:
            continue  # collected since it was listed
        except Corrupt as bad:
            problem = bad
    raise problem
