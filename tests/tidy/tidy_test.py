#!/usr/bin/env python3
"""Style as a test: the floors and fences of docs/architecture.md (see rules.py), dead files, paths of one machine, long files."""

import collections
import functools
import pathlib
import re
import subprocess
import unittest

import rules

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCE = (".cpp", ".hpp")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


@functools.cache
def files():
    """Every file of the repository that is tracked or would be, relative to its root."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in sorted(set(listed.stdout.splitlines())) if (ROOT / name).is_file()]


@functools.cache
def text(name):
    return (ROOT / name).read_text(errors="replace")


def sources(*folders):
    return [name for name in files() if name.endswith(SOURCE) and name.startswith(folders)]


PRODUCT = ("model/", "crds/", "operator/", "controllers/", "bench/")


def includes(name):
    """(is third party or standard, header) of each #include."""
    return [(mark == "<", header) for mark, header in INCLUDE.findall(text(name))]


def room_of(name):
    matches = [room for room in rules.FLOORS if name.startswith(room + "/")]
    return max(matches, key=len, default=None)


def within(name, places):
    return any(name == place or place.endswith("/") and name.startswith(place) for place in places)


class Tidy(unittest.TestCase):
    def assert_none(self, offences, rule):
        self.assertFalse(offences, f"{rule}:\n  " + "\n  ".join(offences))

    def test_every_source_lies_in_a_room_of_the_house_plan(self):
        self.assert_none([name for name in sources(*PRODUCT) if room_of(name) is None], "no floor in tests/tidy/rules.py for")

    def test_includes_point_down_the_floors_only(self):
        offences = []
        for name in sources(*PRODUCT):
            room = room_of(name)
            for foreign, header in includes(name):
                used = room_of(header)
                if foreign or used is None or used == room:
                    continue
                allowed = rules.MAY_ONLY_SEE.get(room)
                if rules.FLOORS[used] >= rules.FLOORS[room] or allowed is not None and used not in allowed:
                    offences.append(f"{name} includes {header} (floor {rules.FLOORS[room]} to {rules.FLOORS[used]})")
        self.assert_none(offences, "an include points up or sideways")

    def test_no_product_file_includes_a_test(self):
        offences = [f"{name}: {header}" for name in sources(*PRODUCT) for _, header in includes(name) if header.startswith("tests/")]
        self.assert_none(offences, "a room includes a test")

    def test_project_headers_are_included_from_the_repository_root(self):
        offences = [f"{name}: {header}" for name in sources(*PRODUCT, "tests/")
                    for foreign, header in includes(name) if not foreign and not (ROOT / header).is_file()]  # fmt: skip
        self.assert_none(offences, "an include that is no path from the root")

    def test_third_party_headers_stay_behind_their_fences(self):
        offences = [f"{name} includes <{header}>" for name in sources(*PRODUCT) for foreign, header in includes(name)
                    for prefix, places in rules.FENCE.items() if foreign and header.startswith(prefix) and not within(name, places)]  # fmt: skip
        self.assert_none(offences, "outside its fence in tests/tidy/rules.py")

    def test_every_fence_still_has_something_inside(self):
        used = collections.defaultdict(set)
        for name in sources(*PRODUCT):
            for prefix, places in rules.FENCE.items():
                if any(foreign and header.startswith(prefix) for foreign, header in includes(name)):
                    used[prefix] |= {place for place in places if within(name, [place])}
        offences = [f"{prefix} at {place}" for prefix, places in rules.FENCE.items() for place in places
                    if place not in used[prefix] and prefix != "benchmark/"]  # fmt: skip
        self.assert_none(offences, "nobody includes it there any more; narrow the fence")

    def test_each_of_the_customers_libraries_does_its_job_in_the_product(self):
        product = sources("model/", "crds/", "operator/", "controllers/")
        unused = [library for library in rules.CUSTOMER_LIBRARIES
                  if not any(foreign and header.startswith(library) for name in product for foreign, header in includes(name))]  # fmt: skip
        self.assert_none(unused, "a library that no product source includes")

    def test_the_model_is_pure(self):
        offences = []
        for name in sources("model/"):
            offences += [f"{name} includes <{header}>" for foreign, header in includes(name)
                         if foreign and (header in rules.IMPURE_HEADERS or header.startswith(("sys/", "netinet/", "arpa/")))]  # fmt: skip
            offences += [f"{name} says {word}" for word in rules.IMPURE_WORDS if word in text(name)]
        self.assert_none(offences, "model/ has no threads, clock, files, network or randomness of its own")

    def test_the_real_clock_is_read_only_where_it_may(self):
        offences = [name for name in sources(*PRODUCT) if "_clock::now" in text(name) and not within(name, rules.REAL_CLOCK)]
        self.assert_none(offences, "reads the real clock; take a clock or a time instead")

    def test_every_room_has_a_readme_of_at_most_a_page(self):
        sizes = collections.Counter(str(pathlib.PurePath(name).parent) for name in sources(*PRODUCT))
        missing = [room for room, size in sorted(sizes.items()) if size > 2 and not (ROOT / room / "README.md").is_file()]
        self.assert_none(missing, "a room without a README.md")
        long = [name for name in files() if name.endswith("/README.md") and name not in rules.REFERENCES and text(name).count("\n") > rules.LONGEST_README]
        self.assert_none(long, f"a room's README longer than a page ({rules.LONGEST_README} lines)")

    def test_every_header_is_used_by_someone_else(self):
        users = collections.defaultdict(set)
        for name in sources(*PRODUCT):
            for _, header in includes(name):
                users[header].add(name)
        offences = [name for name in sources(*PRODUCT) if name.endswith(".hpp") and not users[name] - {name.replace(".hpp", ".cpp")}]
        self.assert_none(offences, "a header that no other product file includes")

    def test_every_test_program_is_built(self):
        listing = text("tests/CMakeLists.txt") + "".join(text(name) for name in files() if re.fullmatch(r"(tests|bench)/.+/CMakeLists\.txt", name))
        folders = {str(pathlib.PurePath(name).parent) for name in sources("tests/") if name.endswith("_test.cpp")}
        unbuilt = [folder for folder in sorted(folders) if folder.removeprefix("tests/") not in listing]
        self.assert_none(unbuilt, "tests that no CMakeLists.txt names")

    def test_no_file_names_this_machine_or_a_package_registry(self):
        machine = re.compile(r"(?<![\w.$}/])/(work|root|home/\w+)/[\w.]")
        registry = re.compile(r"https?://(registry|proxy|sum|deb|mirrors?|repo\d*|index|static|files)\.[a-z]", re.I)
        offences = [f"{name}: {found.group(0)}" for name in files() if not name.endswith((".sum", ".png", ".csv")) and name != "tests/tidy/tidy_test.py"
                    for pattern in (machine, registry) for found in [pattern.search(text(name))] if found]  # fmt: skip
        self.assert_none(offences, "a path of one machine or the host of a registry")

    def test_no_file_is_too_long(self):
        code = SOURCE + (".py", ".go", ".sh", ".ts")
        offences = [f"{name}: {text(name).count(chr(10))} lines" for name in files()
                    if name.endswith(code) and text(name).count("\n") > rules.LONGEST_FILE]  # fmt: skip
        self.assert_none(offences, f"longer than {rules.LONGEST_FILE} lines")


if __name__ == "__main__":
    unittest.main()
