"""sbom.py VERSION LOCK ROOT PARTS JARS JAR-FOLDER: a CycloneDX 1.6 bill of materials on standard output.
Licences are what the packages themselves say: the License fields of Debian's copyright files (DEP 5), and the licences of the jars' POMs in the
local Maven repository. A package whose copyright file has another form, and a POM without any, get none."""
import hashlib
import json
import glob
import os
import re
import sys
import xml.etree.ElementTree
from urllib.parse import quote


def source_packages(status):
    """Source packages by package, of dpkg's status."""
    sources = {}
    for paragraph in status.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line and line[0] != " ")
        if "Package" in fields:
            sources[fields["Package"]] = fields.get("Source", fields["Package"]).split(" ")[0]
    return sources


MAVEN = os.path.expanduser("~/.m2/repository")


def named(names):
    """The member "licenses", or nothing."""
    return {"licenses": [{"license": {"name": name}} for name in names]} if names else {}


def debian_licences(name, root, parts):
    for folder in (root, *sorted(glob.glob(os.path.join(parts, glob.escape(name) + "_*")))):
        file = os.path.join(folder, "usr/share/doc", name, "copyright")
        # A link leads to the folder of another package of the same source.
        if os.path.isfile(file):
            with open(file, errors="replace") as f:
                text = f.read()
            return sorted(set(re.findall(r"^License: *(\S.*?) *$", text, re.M))) if text.lstrip().startswith("Format:") else []
    return []


def maven_licences(group, name, version):
    """Of the POM, or of the nearest parent that has any."""
    file = os.path.join(MAVEN, group.replace(".", "/"), name, version, f"{name}-{version}.pom")
    if not os.path.isfile(file):
        return []
    project = xml.etree.ElementTree.parse(file).getroot()
    space = project.tag.partition("}")[0] + "}" if project.tag.startswith("{") else ""
    found = [" ".join((licence.findtext(space + "name") or licence.findtext(space + "url") or "").split()) for licence in project.iter(space + "license")]
    parent = project.find(space + "parent")
    if any(found) or parent is None:
        return [licence for licence in found if licence]
    return maven_licences(*((parent.findtext(space + key) or "").strip() for key in ("groupId", "artifactId", "version")))


def debian(lock, sources, root, parts):
    for line in lock.splitlines():
        use, _, rest = line.partition(" ")
        if use not in ("root", "part"):
            continue
        package, sha256 = rest.split(" ")
        name, _, version = package.partition("=")
        purl = f"pkg:deb/debian/{quote(name)}@{quote(version, safe='')}?arch=arm64&distro=trixie"
        yield {
            "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
            "hashes": [{"alg": "SHA-256", "content": sha256}], **named(debian_licences(name, root, parts)),
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
               "hashes": [{"alg": "SHA-256", "content": sha256}], **named(maven_licences(group, name, version))}


def main(version, lock, root, parts, jars, folder):
    with open(lock) as a, open(os.path.join(root, "var/lib/dpkg/status")) as b, open(jars) as c:
        components = [*debian(a.read(), source_packages(b.read()), root, parts), *java(c.read(), folder)]
    components.sort(key=lambda component: component["bom-ref"])
    json.dump({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": {"type": "operating-system", "bom-ref": "image", "name": "cityedge-gateway", "version": version}},
        "components": components,
    }, sys.stdout, indent=1, ensure_ascii=False)
    print()


main(*sys.argv[1:])
