"""imager.py VERSION IMAGE COMPRESSED: the entry for Raspberry Pi Imager's repository JSON (--repo URL)."""
import hashlib
import json
import os
import sys


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(version, image, compressed):
    json.dump({"os_list": [{
        "name": f"City Edge Agent gateway {version}",
        "description": "Sensors and cameras of a lamp post; set up by site.yaml on the boot partition",
        # Where the file lies is the publisher's to fill in; no customisation is offered: identity comes from site.yaml.
        "url": os.path.basename(compressed),
        "extract_size": os.path.getsize(image), "extract_sha256": sha256(image),
        "image_download_size": os.path.getsize(compressed), "image_download_sha256": sha256(compressed),
        "release_date": "2026-01-01", "init_format": "none", "devices": ["pi3-64bit", "pi4-64bit"],
    }]}, sys.stdout, indent=1)
    print()


main(*sys.argv[1:])
