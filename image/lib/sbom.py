"""sbom.py VERSION LOCK DPKG-STATUS JARS JAR-FOLDER: a CycloneDX 1.6 bill of materials on standard output."""
import hashlib
import json
import os
import sys
from urllib.parse import quote


def source_packages(status):
    """Source packages by package, of dpkg's status."""
    sources = {}
    for paragraph in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if "Package" in fields:
            sources[fields["Package"]] = fields.get("Source", fields["Package"]).split(" ")[0]
    return sources


def debian(lock, sources):
    for line in lock.splitlines():
        use, _, rest = line.partition(" ")
        if use not in ("root", "part"):
            continue
        package, sha256 = rest.split(" ")
        name, _, version = package.partition("=")
        purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch=arm64&distro=trixie"
        yield {
            "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
            "hashes": [{"alg": "SHA-256", "content": sha256}],
            "properties": [{"name": "cityedge:use", "value": use},
                           {"name": "cityedge:source", "value": sources.get(name, name)}],
        }


def java(jars, folder):
    for line in jars.splitlines():
        jar, coordinates = line.split(" ")
        group, name, version = coordinates.split(":")
        kind = jar[len(f"{name}-{version}"):].removesuffix(".jar").lstrip("-")
        purl = f"pkg:maven/{group}/{name}@{version}" + (f"?classifier={kind}&type=jar" if kind else "?type=jar")
        with open(os.path.join(folder, jar), "rb") as file:
            sha256 = hashlib.sha256(file.read()).hexdigest()
        yield {"type": "library", "bom-ref": purl, "group": group, "name": name, "version": version, "purl": purl,
               "hashes": [{"alg": "SHA-256", "content": sha256}]}


def main(version, lock, status, jars, folder):
    with open(lock) as a, open(status) as b, open(jars) as c:
        components = [*debian(a.read(), source_packages(b.read())), *java(c.read(), folder)]
    components.sort(key=lambda component: component["bom-ref"])
    json.dump({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {"type": "operating-system", "bom-ref": "image", "name": "cityedge-gateway", "version": version}},
        "components": components,
    }, sys.stdout, indent=1, ensure_ascii=False)
    print()


main(*sys.argv[1:])
