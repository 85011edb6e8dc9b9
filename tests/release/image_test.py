#!/usr/bin/env python3
"""The image as scripts/image makes it: read back by other programs, unpacked, and its binary started inside, without a container engine."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SPILLWAY_BINARY", ROOT / "build/spillway"))
USER = "65532:65532"


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, timeout=300, **options).stdout


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run(ROOT / "scripts/install-deps", "umoci", "skopeo")
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        cls.archive = cls.folder / "image.oci.tar"
        cls.bill = cls.folder / "image.spdx.json"
        print(run(ROOT / "scripts/image", "--binary", BINARY, "--out", cls.archive, "--sbom", cls.bill))
        # skopeo checks every digest while it copies; umoci unpacks as a runtime would.
        run("skopeo", "copy", f"oci-archive:{cls.archive}", f"oci:{cls.folder}/layout:test", "--quiet")
        run("umoci", "unpack", *([] if os.geteuid() == 0 else ["--rootless"]), "--image", f"{cls.folder}/layout:test", cls.folder / "bundle")
        cls.rootfs = cls.folder / "bundle/rootfs"
        cls.config = json.loads(run("skopeo", "inspect", "--config", f"oci-archive:{cls.archive}"))

    def inside(self, *arguments, **options):
        """Runs the image's entry point in its root file system: that alone mounted, read-only, and as the image's user."""
        script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec chroot --userspec="$1" "$0" "${@:2}"'
        unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        return run(*unshare, "bash", "-c", script, self.rootfs, self.config["config"]["User"], *self.config["config"]["Entrypoint"], *arguments, **options)

    def test_the_binary_starts_in_the_image_and_says_its_version(self):
        self.assertEqual(self.inside("version"), run(BINARY, "version"))

    def test_the_binary_simulates_in_the_image_what_it_simulates_outside(self):
        arguments = ["simulate", "--phases", "20x30s,100x30s", "--output", "json"]
        self.assertEqual(self.inside(*arguments), run(BINARY, *arguments))

    def test_schedules_find_their_time_zones_in_the_image(self):
        policy = (ROOT / "examples/policies/full.yaml").read_text()
        inner = self.rootfs / "policy.yaml"
        inner.write_text(policy)
        self.addCleanup(inner.unlink)
        # Monday 2026-01-05 07:30 UTC is 08:30 in Berlin: the floor of 10 holds.
        line = json.dumps({"t": 1767598200.0, "arrivalRate": 10, "replicas": 10, "readyReplicas": 10}) + "\n"
        self.assertEqual(self.inside("step", "--policy", "/policy.yaml", input=line), run(BINARY, "step", "--policy", inner, input=line))
        (self.rootfs / "usr/share/zoneinfo").rename(self.rootfs / "usr/share/elsewhere")
        self.addCleanup(lambda: (self.rootfs / "usr/share/elsewhere").rename(self.rootfs / "usr/share/zoneinfo"))
        with self.assertRaises(subprocess.CalledProcessError) as failed:
            self.inside("step", "--policy", "/policy.yaml", input=line)
        self.assertIn("timeZone", failed.exception.stderr)

    def test_it_is_not_root_and_starts_the_operator(self):
        config = self.config["config"]
        self.assertEqual((config["User"], config["Entrypoint"], config["Cmd"]), (USER, ["/usr/bin/spillway"], ["operator"]))

    def test_the_dockerfile_asks_for_the_same_user_entry_point_command_and_ports(self):
        said = dict(re.findall(r"^(USER|ENTRYPOINT|CMD|EXPOSE) (.*)$", (ROOT / "Dockerfile").read_text(), re.M))
        config = self.config["config"]
        self.assertEqual(said["USER"], config["User"])
        self.assertEqual(json.loads(said["ENTRYPOINT"]), config["Entrypoint"])
        self.assertEqual(json.loads(said["CMD"]), config["Cmd"])
        self.assertEqual(set(said["EXPOSE"].split()), {port.split("/")[0] for port in config["ExposedPorts"]})

    def test_it_holds_no_shell_no_package_manager_and_nothing_writable_or_setuid(self):
        self.assertEqual([p.name for p in (self.rootfs / "usr/bin").iterdir()], ["spillway"])
        files = [p for p in self.rootfs.rglob("*") if not p.is_symlink()]
        self.assertEqual([str(p) for p in files if p.stat().st_mode & 0o6022], [])

    def test_its_certificates_are_debians_and_no_one_elses(self):
        bundle = (self.rootfs / "etc/ssl/certs/ca-certificates.crt").read_text()
        shipped = [p.read_text() for p in pathlib.Path("/usr/share/ca-certificates/mozilla").glob("*.crt")]
        self.assertGreater(len(shipped), 100)
        self.assertEqual(bundle.count("BEGIN CERTIFICATE"), len(shipped))
        self.assertTrue(all(text in bundle for text in shipped))

    def test_it_is_smaller_than_25_mb_to_pull(self):
        self.assertLess(self.archive.stat().st_size, 25e6)

    def test_the_same_input_gives_the_same_archive(self):
        again = self.folder / "again.oci.tar"
        run(ROOT / "scripts/image", "--binary", BINARY, "--out", again)
        self.assertEqual(again.read_bytes(), self.archive.read_bytes())

    def test_the_bill_of_materials_names_every_file_with_its_digest_and_debians_version(self):
        bill = json.loads(self.bill.read_text())
        listed = {f["fileName"]: f["checksums"][1]["checksumValue"] for f in bill["files"]}
        there = [p for p in self.rootfs.rglob("*") if p.is_file() and not p.is_symlink()]
        self.assertEqual(set(listed), {f"./{p.relative_to(self.rootfs)}" for p in there})
        library = next(name for name in listed if "libglpk.so" in name)
        self.assertEqual(listed[library], run("sha256sum", self.rootfs / library).split()[0])
        versions = {p["name"]: p["versionInfo"] for p in bill["packages"]}
        self.assertEqual(versions["libglpk40"], run("dpkg-query", "-W", "-f=${Version}", "libglpk40"))
        self.assertIn("preact", versions)  # the dashboard's, inside the binary
        self.assertEqual(versions["spillway"], run(BINARY, "version").split()[1])
        # Each id that a relation names exists: what a validator of SPDX looks at first.
        known = {e["SPDXID"] for e in [*bill["packages"], *bill["files"], bill]}
        named = {r[side] for r in bill["relationships"] for side in ("spdxElementId", "relatedSpdxElement")}
        self.assertEqual(named - known, set())

    def test_what_is_no_program_is_refused_by_name(self):
        for argument in (self.folder / "nothing", ROOT / "README.md"):
            with self.assertRaises(subprocess.CalledProcessError) as failed:
                run(ROOT / "scripts/image", "--binary", argument, "--out", self.folder / "no.tar")
            self.assertIn(str(argument), failed.exception.stderr)


if __name__ == "__main__":
    unittest.main()
