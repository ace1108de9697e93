"""jars.py IN OUT NATIVE [PLATFORM]: repacks each jar of IN into OUT for the gateway: stored, sorted, one date, without
signatures (a signed jar is left out of an AOT cache), without natives of other machines and without what only builds other
programs; SQLite's native goes to NATIVE. PLATFORM is SQLite's word for the machine, by default that of the gateway."""
import os
import re
import sys
import zipfile

SIGNATURE = re.compile(r"META-INF/[^/]+\.(SF|RSA|DSA|EC)$")
SQLITE = "org/sqlite/native/"
# Headers, bindings to Python, Java bindings other than JavaCPP's, and those to OpenBLAS, which the agent does not load (video: Natives).
UNUSED = re.compile(r"org/bytedeco/\w+/[\w-]+/((include|python|sdk)/.*[^/]|libopencv_java\.so|libjniopenblas\w*\.so)$")
DATE = (2026, 1, 1, 0, 0, 0)


def unsigned(manifest):
    """A manifest's main section: what follows are the digests of single files."""
    return re.split(rb"\r?\n\r?\n", manifest)[0] + b"\r\n\r\n"


def main(source, target, native, platform="Linux/aarch64"):
    ours = f"{SQLITE}{platform}/libsqlitejdbc.so"
    os.makedirs(target, exist_ok=True)
    os.makedirs(native, exist_ok=True)
    for name in sorted(name for name in os.listdir(source) if name.endswith(".jar")):
        with zipfile.ZipFile(os.path.join(source, name)) as jar, zipfile.ZipFile(os.path.join(target, name), "w") as out:
            signed = any(SIGNATURE.match(entry) for entry in jar.namelist())
            # The manifest first, as java.util.jar wants it.
            for entry in sorted(set(jar.namelist()), key=lambda e: (e != "META-INF/MANIFEST.MF", e)):
                # Folders stay: JavaCPP looks its program (ffmpeg) up by the folder that it lies in.
                if SIGNATURE.match(entry) or UNUSED.match(entry):
                    continue
                content = jar.read(entry)
                if entry == ours:
                    with open(os.path.join(native, "libsqlitejdbc.so"), "wb") as library:
                        library.write(content)
                if entry.startswith(SQLITE):
                    continue
                if signed and entry == "META-INF/MANIFEST.MF":
                    content = unsigned(content)
                info = zipfile.ZipInfo(entry, DATE)
                info.external_attr = (0o40755 << 16 | 0x10) if entry.endswith("/") else 0o644 << 16
                out.writestr(info, content)
    if not os.path.exists(os.path.join(native, "libsqlitejdbc.so")):
        sys.exit(f"jars.py: no jar of {source} has {ours}")


main(*sys.argv[1:])
