#!/usr/bin/env python3
"""`make release` up to the compiler: the files that scripts/release makes of the last commit and a binary, checked as a user would."""

import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SPILLWAY_BINARY", str(ROOT / "build/spillway"))


def run(*command, **options):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, timeout=600, **options).stdout


class ReleaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.dist = pathlib.Path(scratch.name) / "dist"
        cls.version = run(BINARY, "version").split()[1]
        print(run(ROOT / "scripts/release", cls.version, "--binary", BINARY, "--out", cls.dist))

    def path(self, pattern):
        (found,) = self.dist.glob(pattern)
        return found

    def test_it_has_the_six_files_and_nothing_else(self):
        version, machine = self.version, f"linux-{run('dpkg', '--print-architecture').strip()}"
        wanted = {f"spillway-{version}.tar.gz", f"spillway-chart-{version}.tgz", f"spillway-image-{version}-{machine}.oci.tar",
                  f"spillway-image-{version}-{machine}.spdx.json", "install.yaml", "SHA256SUMS"}  # fmt: skip
        self.assertEqual({p.name for p in self.dist.iterdir()}, wanted)

    def test_the_checksums_cover_every_file_and_a_changed_byte_shows(self):
        listed = {line.split("  ")[1] for line in (self.dist / "SHA256SUMS").read_text().splitlines()}
        self.assertEqual(listed, {p.name for p in self.dist.iterdir()} - {"SHA256SUMS"})
        run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=self.dist)
        manifest = self.dist / "install.yaml"
        content = manifest.read_bytes()
        manifest.write_bytes(content.replace(b"n", b"m", 1))
        self.addCleanup(manifest.write_bytes, content)
        with self.assertRaises(subprocess.CalledProcessError):
            run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=self.dist)

    def test_the_source_is_the_last_commit_without_build_results(self):
        with tarfile.open(self.path("*.tar.gz")) as archive:
            names = {name.split("/", 1)[1] for name in archive.getnames() if archive.getmember(name).isfile()}
        tracked = set(run("git", "ls-tree", "-r", "--name-only", "HEAD", cwd=ROOT).splitlines())
        self.assertEqual(names, tracked)

    def test_chart_manifest_and_image_say_the_version(self):
        helm = run(ROOT / "tests/cluster/tools/build", "helm").strip()
        chart = run(helm, "show", "chart", self.path("spillway-chart-*"))
        self.assertIn(f"\nversion: {self.version}\n", f"\n{chart}")
        self.assertIn(f"\nappVersion: {self.version}\n", f"\n{chart}")
        images = set(re.findall(r'image: "?([^"\s]+)"?', (self.dist / "install.yaml").read_text()))
        self.assertEqual(images, {f"spillway:{self.version}"})
        run(ROOT / "scripts/install-deps", "skopeo")
        self.assertIn(f'"org.opencontainers.image.version": "{self.version}"', run("skopeo", "inspect", f"oci-archive:{self.path('*.oci.tar')}"))

    def test_a_version_that_is_none_and_a_binary_of_another_are_refused_by_name(self):
        for arguments, said in ((["v1"], "'v1'"), (["9.9.9", "--binary", BINARY], f"says that it is {self.version}, not 9.9.9")):
            with self.subTest(arguments), self.assertRaises(subprocess.CalledProcessError) as failed:
                run(ROOT / "scripts/release", *arguments, "--out", self.dist.parent / "no")
            self.assertIn(said, failed.exception.stderr)


if __name__ == "__main__":
    unittest.main()
