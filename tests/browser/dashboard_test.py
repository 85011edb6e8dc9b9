#!/usr/bin/env python3
"""The dashboard of the shipped operator in a real Chromium, on the real cluster: what it shows, how soon, and what its buttons do."""

import json
import os
import pathlib
import signal
import sys
import time
import unittest
import urllib.request

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "cluster/e2e"), str(TESTS / "cluster")]
from chromium import DESKTOP, PHONE, SMALL_PHONES, Chromium  # noqa: E402
from localcluster import wait_until  # noqa: E402
from operator_test import DEPLOYMENT, OperatorTest, policy  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

# What a person needs: `patch` for the buttons, the rest to look.
RIGHTS = """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: NAME}
    rules:
    - {apiGroups: [autoscaling.spillway.dev], resources: [autoscalerpolicies], verbs: [VERBS]}
    - {nonResourceURLs: ["/api/v1/*"], verbs: [get]}
"""
# Fills `seen` with [time of the decision on the page, milliseconds from it until the page shows it].
STOPWATCH = """
    window.seen = [];
    new MutationObserver(() => {
      const at = document.querySelector('.tiles .note time')?.dateTime;
      if (at && at !== window.last) { window.last = at; window.seen.push([at, Date.now() - Date.parse(at)]); }
    }).observe(document.querySelector('main'), {subtree: true, attributes: true, childList: true, characterData: true});
"""
FRAMES = """
    const done = arguments[0], until = performance.now() + 4000;
    let last = performance.now(), longest = 0, frames = 0;
    const frame = now => { longest = Math.max(longest, now - last); last = now; ++frames; now < until ? requestAnimationFrame(frame) : done([frames, longest]); };
    requestAnimationFrame(frame);
"""


class DashboardTest(OperatorTest):
    """An operator that wants tokens, a browser, and somebody who may look and change."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Chromium()
        cls.addClassCleanup(cls.browser.quit)
        cls.token = cls.token_of("engineer", "get, list, watch, patch")

    @classmethod
    def start_operator(cls, kubeconfig=None, **settings):
        return super().start_operator(kubeconfig, auth="kubernetes", **settings)

    @classmethod
    def token_of(cls, person, verbs):
        role = f"{cls.namespace}-{person}"
        cls.kubectl("create", "serviceaccount", person)
        cls.apply(RIGHTS.replace("NAME", role).replace("VERBS", verbs))
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "clusterrole", role)
        cls.kubectl("create", "clusterrolebinding", role, f"--clusterrole={role}", f"--serviceaccount={cls.namespace}:{person}")
        cls.addClassCleanup(cls.cluster.kubectl, "delete", "clusterrolebinding", role)
        return cls.kubectl("create", "token", person).strip()

    @classmethod
    def url(cls, page=""):
        return f"http://127.0.0.1:{cls.operator.address['port']}/{page}"

    def page_of(self, name, tab=""):
        return f"#/policies/{self.namespace}/{name}{tab}"

    def ask(self, path):
        request = urllib.request.Request(self.url(path), headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.load(reply)

    def summary(self, name):
        return self.ask(f"api/v1/policies/{self.namespace}/{name}")["summary"]

    def look(self, page="", token=None):
        """Opens a page as somebody who has signed in."""
        self.browser.open(self.url("health"))
        self.browser.script("sessionStorage.clear(); sessionStorage.setItem('spillway.token', arguments[0])", token or self.token)
        self.browser.open(self.url(page))
        self.browser.wait_text(".link", "Live")

    def tearDown(self):
        self.browser.read_logs()
        self.browser.view(DESKTOP)


class Looking(DashboardTest):
    def test_without_a_token_it_asks_for_one_and_a_wrong_one_is_said(self):
        self.browser.open(self.url("health"))
        self.browser.script("sessionStorage.clear()")
        self.browser.open(self.url())
        self.browser.wait_text("dialog", "Sign in")
        self.browser.fill("Bearer token", "nobody", "dialog")
        self.browser.press(Keys.ENTER)
        self.browser.wait_text("dialog", "expired or is not known")
        self.browser.fill("Bearer token", self.token, "dialog")
        self.browser.press(Keys.ENTER)
        self.browser.wait_gone("dialog")
        self.browser.wait_text(".link", "Live")

    def test_the_first_screen_shows_what_the_api_and_the_cluster_say(self):
        self.create("steady", "vector(100)")
        self.create("silent", "vector(1) > 2", replicas=3)
        self.wait_replicas("steady", lambda count: count >= 5)
        self.wait_condition("silent", "MetricsFresh", "False")
        self.look()
        paint = self.browser.script("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
        print(f"\n  first paint after {paint:.0f} ms", end=" ")
        self.assertLess(paint, 5000)  # 1 s is the aim; this machine may be busy
        self.browser.wait_text("h1", self.ask("api/v1/overview")["situation"])
        row_of = lambda name: next((row for row in self.browser.texts(".services tbody tr") if name in row), "")  # noqa: E731
        ready = lambda: str(self.get("deployment", "steady")["status"].get("readyReplicas", 0))  # noqa: E731  more of them may be on their way
        wait_until("the row agrees with the cluster", lambda: "100/s" in (row := row_of("steady")) and ready() in row and row, 30)
        silent = row_of("silent")
        self.assertGreaterEqual(silent.count("–"), 4, "load, utilisation, waiting and risk are not known")
        self.assertNotIn("0/s", silent)

    def test_the_policy_page_answers_why_and_shows_course_plan_and_parameters(self):
        self.create("shown", "vector(100)")
        self.wait_replicas("shown", lambda count: count >= 5)
        self.look(self.page_of("shown"))
        detail = self.ask(f"api/v1/policies/{self.namespace}/shown")
        why = lambda: self.ask(f"api/v1/policies/{self.namespace}/shown")["decision"]["reason"][:4]  # noqa: E731  another one each second
        self.browser.wait_text("[aria-label='Why this number?']", lambda text: why() in text)
        self.assertTrue(self.browser.text("[aria-label='Why not more?'] .answer"))
        wait_until("the charts are drawn", lambda: len(self.browser.find(".chart canvas")) >= 4)
        self.assertIn("Offered 100/s", self.browser.attributes(".chart [role=img]", "aria-label")[0])
        self.assertGreater(len(self.browser.find("[aria-label='Plan'] tbody tr")), 0)
        self.browser.fill("Compare with profile", "Safe")
        own = detail["effectiveParameters"]
        differing = {name for name, value in detail["profiles"]["Safe"].items() if own.get(name) != value}
        self.assertEqual(differing, {row.split()[0] for row in self.browser.texts("[aria-label='Effective parameters'] tr.differs")})
        self.browser.wait_text("[aria-label='History of decisions']", "1 → ")

    def test_a_decision_reaches_the_page_at_once(self):
        self.create("moving", "vector(100)", replicas=5)
        self.wait_replicas("moving", lambda count: count >= 5)
        self.look(self.page_of("moving"))
        self.browser.wait_text(".tiles", "100 requests/s")
        self.browser.script(STOPWATCH)
        self.kubectl("patch", "asp", "moving", "--type=merge", "-p", json.dumps({"spec": {"metrics": {"arrivalRate": {"query": "vector(300)"}}}}))
        self.browser.wait_text(".tiles", "300 requests/s")
        self.browser.wait_text("[aria-label='History of decisions']", lambda text: "→ 1" in text)
        wait_until("ten decisions were seen", lambda: len(self.browser.script("return window.seen")) >= 10)
        delays = sorted(delay for _, delay in self.browser.script("return window.seen"))
        print(f"\n  from decision to page: median {delays[len(delays) // 2]} ms, slowest {delays[-1]} ms of {len(delays)}", end=" ")
        self.assertLess(delays[len(delays) // 2], 2000)

    def test_it_is_accessible_and_fits_on_phone_and_desktop_in_light_and_dark(self):
        self.create("fair", "vector(100)")
        self.wait_replicas("fair", lambda count: count >= 5)
        for page, shown in (("", ".services"), (self.page_of("fair"), ".chart canvas"), (self.page_of("fair", "/control"), ".choices"), ("#/audit", "h1")):
            for size in (DESKTOP, PHONE):
                for scheme in ("light", "dark"):
                    with self.subTest(page=page, size=size, scheme=scheme):
                        self.browser.view(size, scheme)
                        self.look(page)
                        wait_until(f"{shown} is there", lambda: self.browser.find(shown))
                        self.assertEqual([], self.browser.accessibility_offences())
                        self.assertFalse(self.browser.is_too_wide(), "it scrolls sideways")

    def test_no_page_scrolls_sideways_on_a_small_phone(self):
        self.create("narrow", "vector(100)")
        self.wait_replicas("narrow", lambda count: count >= 5)
        for page, shown in (("", ".services"), (self.page_of("narrow"), ".chart canvas"), (self.page_of("narrow", "/control"), ".choices"), ("#/audit", "h1")):
            for size in SMALL_PHONES:
                with self.subTest(page=page, size=size):
                    self.browser.view(size)
                    self.look(page)
                    wait_until(f"{shown} is there", lambda: self.browser.find(shown))
                    self.assertFalse(self.browser.is_too_wide(), "it scrolls sideways")

    def test_a_deleted_policy_is_said_at_once_and_leaves_nothing_to_press(self):
        for tab, shown in (("", ".tiles"), ("/control", ".choices")):
            with self.subTest(tab=tab):
                self.create("doomed", "vector(100)")
                self.wait_condition("doomed", "Ready", "True")
                self.look(self.page_of("doomed", tab))
                wait_until(f"{shown} is there", lambda: self.browser.find(shown))
                self.kubectl("delete", "asp/doomed", "deployment/doomed")
                self.browser.wait_text("main .notice.critical", "This policy has been deleted.")
                self.assertEqual([], self.browser.find("main button"))

    def test_signing_in_cannot_be_dismissed_and_signing_out_leaves_no_figures(self):
        self.create("private", "vector(100)")
        self.wait_condition("private", "Ready", "True")
        self.look()
        self.browser.wait_text(".services", "private")
        self.browser.click("Sign out", "header")
        self.browser.wait_text("dialog", "Sign in")
        for _ in range(3):
            self.browser.press(Keys.ESCAPE)
            wait_until("it is asked again", lambda: self.browser.find("dialog[open]:modal"))
        self.browser.wait_gone(".services")
        self.browser.wait_text(".link", "Not live")

    def test_it_works_by_keyboard(self):
        self.create("keys", "vector(100)")
        self.wait_condition("keys", "Ready", "True")
        self.look()
        self.browser.press(Keys.TAB, Keys.ENTER)  # the skip link
        self.assertEqual("main", self.browser.script("return document.activeElement.id"))
        self.browser.focus(".services a[href$='/keys']")
        self.browser.press(Keys.ENTER)
        self.browser.wait_text("h1", "keys")
        self.look(self.page_of("keys", "/control"))
        self.browser.wait_text(".choices", "Paused")
        self.browser.focus(".choices button", "Paused")
        self.browser.press(Keys.ENTER)
        self.browser.wait_text("dialog", "Set the mode to paused?")
        wait_until("the dialog has the focus", lambda: self.browser.script("return document.querySelector('dialog').contains(document.activeElement)"))
        self.browser.press(Keys.ESCAPE)
        self.browser.wait_gone("dialog")
        self.assertIn("Paused", self.browser.script("return document.activeElement.innerText"))
        self.assertNotIn("mode", {c for c in self.get("asp", "keys")["spec"] if self.get("asp", "keys")["spec"][c] == "Paused"})

    def test_colours_the_page_of_the_api_and_signing_out_are_one_press_away(self):
        self.look()
        theme = lambda: self.browser.script("return document.documentElement.dataset.theme")  # noqa: E731
        seen = [theme()]
        for _ in range(3):
            self.browser.script("document.querySelector('button.theme').click()")
            seen.append(theme())
        self.assertEqual(seen[0], seen[3])
        self.assertEqual({"auto", "light", "dark"}, set(seen))
        self.browser.click("API", "nav")
        self.browser.wait_text("body", lambda text: "/api/v1/overview" in text and "what-if" in text)
        self.look()
        self.browser.click("Sign out", "header")
        self.browser.wait_text("dialog", "Sign in")
        self.assertFalse(self.browser.script("return sessionStorage.getItem('spillway.token')"))

    def test_who_may_see_one_namespace_names_it_and_may_go_back(self):
        self.create("inside", "vector(100)")
        self.wait_condition("inside", "Ready", "True")
        self.browser.open(self.url("health"))
        self.browser.script("sessionStorage.clear(); sessionStorage.setItem('spillway.token', arguments[0])", self.token_in_namespace("tenant"))
        self.browser.open(self.url())
        self.browser.wait_text("main", "Which namespace?")
        self.browser.fill("Namespace", self.namespace, "main")
        self.browser.click("Look there", "main")
        self.browser.wait_text(".services", "inside")
        self.browser.click("All namespaces", "main")
        self.browser.wait_text("main", "Which namespace?")

    def token_in_namespace(self, person):
        self.kubectl("create", "serviceaccount", person)
        self.kubectl("create", "role", person, "--verb=get,list,watch", "--resource=autoscalerpolicies.autoscaling.spillway.dev")
        self.kubectl("create", "rolebinding", person, f"--role={person}", f"--serviceaccount={self.namespace}:{person}")
        return self.kubectl("create", "token", person).strip()

    def test_lists_of_the_policy_page_can_be_narrowed(self):
        self.create("narrowed", "vector(100)")
        self.wait_replicas("narrowed", lambda count: count >= 5)
        decided = lambda: self.ask(f"api/v1/policies/{self.namespace}/narrowed/decisions?limit=50")["decisions"]  # noqa: E731
        wait_until("decisions that move nothing", lambda: sum(not d["moved"] for d in decided()) >= 3)
        self.look(self.page_of("narrowed"))
        rows = "[aria-label='Effective parameters'] tbody tr"
        wait_until("the parameters are there", lambda: self.browser.find(rows))
        everything = len(self.browser.find(rows))
        self.browser.tick("Only differences")
        wait_until("fewer rows", lambda: 0 < len(self.browser.find(rows)) < everything)
        decisions = "[aria-label='History of decisions'] li"
        moves = wait_until("moves", lambda: len(self.browser.find(decisions)))
        self.browser.tick("Moves only")
        wait_until("more than moves", lambda: len(self.browser.find(decisions)) > moves)
        self.browser.script("document.querySelector(\"[aria-label='History of decisions'] summary\").click()")
        wait_until("the details of a decision", lambda: self.browser.text("[aria-label='History of decisions'] details[open]"))

    def test_it_asks_nobody_but_the_operator_and_the_console_stays_clean(self):
        self.create("quiet", "vector(100)")
        self.look()
        self.look(self.page_of("quiet"))
        self.browser.wait_text("[aria-label='Why this number?']", "decided")
        self.browser.read_logs()
        strangers = {address for address in self.browser.asked if not address.startswith((self.url(), "data:"))}
        self.assertEqual(set(), strangers)
        # Every refused token and stopped operator of the tests before is there, as a failed request and nothing else.
        self.assertEqual([], [text for text in self.browser.complaints if "Failed to load resource" not in text and "net::ERR" not in text])


class Changing(DashboardTest):
    def control(self, name):
        self.look(self.page_of(name, "/control"))
        self.browser.wait_text(".choices", "Paused")

    def confirm(self, label):
        self.browser.wait_text("dialog pre.yaml", "kind: AutoscalerPolicy")
        self.browser.click(label, "dialog")
        self.browser.wait_gone("dialog")
        self.browser.wait_text(".notice.ok", "Applied")

    def test_mode_and_profile_change_the_resource_and_the_page_follows(self):
        self.create("steered", "vector(100)", replicas=5)
        self.wait_condition("steered", "Ready", "True")
        self.control("steered")
        self.browser.click("Paused", ".choices")
        self.browser.wait_text("dialog pre.yaml", "mode: Paused")
        self.assertIn("kubectl patch asp steered", self.browser.text("dialog pre"))
        self.browser.click("Cancel", "dialog")
        self.browser.wait_gone("dialog")
        self.assertNotEqual("Paused", self.get("asp", "steered")["spec"]["mode"])
        self.browser.click("Paused", ".choices")
        self.browser.wait_text("dialog", "Reason")
        self.browser.fill("Reason", "load test by hand", "dialog")
        self.confirm("Set the mode to paused")
        self.assertEqual("Paused", self.get("asp", "steered")["spec"]["mode"])
        self.browser.wait_text(".chips", "Paused")
        self.browser.click("Safe", ".choices")
        self.confirm("Set the profile to Safe")
        self.assertEqual("Safe", self.get("asp", "steered")["spec"]["profile"])
        self.look("#/audit")
        self.browser.wait_text("main", lambda text: "Set mode" in text and "Set profile" in text and "engineer" in text)

    def test_every_mode_and_every_profile_is_one_press_away(self):
        self.create("pressed", "vector(100)", replicas=5)
        self.wait_condition("pressed", "Ready", "True")
        self.control("pressed")
        for label, title, field, value in (("Dry run", "dry run", "mode", "DryRun"), ("Paused", "paused", "mode", "Paused"), ("Active", "active", "mode", "Active"),
                                           ("Performance", "Performance", "profile", "Performance"), ("Safe", "Safe", "profile", "Safe"),
                                           ("Normal", "Normal", "profile", "Normal")):  # fmt: skip
            with self.subTest(label):
                self.browser.click(label, ".choices")
                self.confirm(f"Set the {field} to {title}")
                self.assertEqual(value, self.get("asp", "pressed")["spec"][field])
                chosen = ".choices button[aria-pressed=true]"
                self.browser.wait_text(chosen, lambda text: f"{label} now" in " ".join(text.split()))  # noqa: B023

    def test_more_incidents_than_fit_are_one_press_away(self):
        names = [f"crowded-{number}" for number in range(6)]
        for name in names:
            self.create(name, "vector(1000)", maxReplicas=2)
        self.addCleanup(self.kubectl, "delete", *(f"{kind}/{name}" for kind in ("asp", "deployment") for name in names))
        mine = lambda: [i for i in self.ask(f"api/v1/incidents?state=Open&namespace={self.namespace}")["incidents"] if i["name"] in names]  # noqa: E731
        wait_until("each has an incident", lambda: {i["name"] for i in mine()} == set(names), 60)
        self.look()
        wait_until("the first four", lambda: len(self.browser.find(".incident")) == 4)
        more = "[...document.querySelectorAll('main button')].find(b => b.innerText.startsWith('Show '))"
        wait_until("the others are asked for", lambda: self.browser.script(f"const more = {more}; more?.click(); return !!more"))
        wait_until("all of them", lambda: set(names) <= set(self.browser.text(".incident").split()))

    def test_the_whole_course_is_one_press_away(self):
        self.create("course", "vector(100)", replicas=5)
        self.wait_replicas("course", lambda count: count >= 5)
        self.look(self.page_of("course"))
        buttons = "[aria-label='Time shown'] button"
        wait_until("there is more than two minutes", lambda: len(self.browser.find(buttons)) == 2, 180)
        pressed = lambda: self.browser.attributes(buttons, "aria-pressed")  # noqa: E731
        self.assertEqual(["true", "false"], pressed())
        self.browser.find(buttons)[1].click()
        wait_until("all is shown", lambda: pressed() == ["false", "true"])
        self.browser.find(buttons)[0].click()
        wait_until("the last minutes are shown again", lambda: pressed() == ["true", "false"])

    def test_an_incident_is_explained_and_acknowledged_and_stays_until_it_is_over(self):
        self.create("full", "vector(1000)", maxReplicas=2)
        self.addCleanup(self.kubectl, "delete", "asp/full", "deployment/full")
        wait_until("an incident", lambda: self.ask(f"api/v1/incidents?state=Open&namespace={self.namespace}")["incidents"], 30)
        for size in (PHONE, DESKTOP):
            self.browser.view(size)
            self.look()
            wait_until("the incident is there", lambda: self.browser.find(".incident"))
            self.browser.script("for (const e of document.querySelectorAll('.incident details')) e.open = true")  # closed on a phone
            self.browser.wait_text(".incident", lambda text: "Seen" in text and "Action" in text)
            self.assertEqual([], self.browser.accessibility_offences())
            self.assertFalse(self.browser.is_too_wide())
        self.browser.click("Acknowledge", ".incident")
        self.browser.wait_text("dialog", "ends by itself")
        self.assertEqual([], self.browser.accessibility_offences())
        self.browser.fill("Reason", "more is on order", "dialog")
        self.browser.click("Acknowledge", "dialog")
        self.browser.wait_gone("dialog")
        self.browser.wait_text(".incident", "more is on order")
        acknowledged = [i for i in self.ask(f"api/v1/incidents?state=Open&namespace={self.namespace}")["incidents"] if i["acknowledgement"]]
        self.assertEqual(["more is on order"], [incident["acknowledgement"]["reason"] for incident in acknowledged])
        self.assertIn(":engineer", acknowledged[0]["acknowledgement"]["by"])
        self.kubectl("patch", "asp", "full", "--type=merge", "-p", json.dumps({"spec": {"maxReplicas": 60}}))
        wait_until("it is over", lambda: "more is on order" not in self.browser.text(".incident"), 60)

    def test_decide_now_decides_and_relearn_forgets(self):
        self.create("pushed", "vector(100)", replicas=5, controlPeriodSeconds=120, horizonSeconds=120)
        self.wait_condition("pushed", "Ready", "True")
        first = self.wait_decision("pushed", lambda decision: True)["time"]
        self.control("pushed")
        self.browser.click("Decide now")
        self.confirm("Decide now")
        wait_until("another decision", lambda: self.summary("pushed")["lastDecision"]["time"] > first, 15)
        self.browser.click("Forget and learn anew")
        self.confirm("Forget and learn anew")
        annotations = self.get("asp", "pushed")["metadata"]["annotations"]
        self.assertIn("autoscaling.spillway.dev/relearn", annotations)

    def test_who_may_not_patch_is_told_so_before_anything_happens(self):
        self.create("guarded", "vector(100)")
        self.wait_condition("guarded", "Ready", "True")
        self.look(self.page_of("guarded", "/control"), self.token_of("visitor", "get, list, watch"))
        self.browser.click("Dry run", ".choices")
        self.browser.wait_text("dialog .notice.critical", "cannot patch")
        self.assertEqual([True], self.browser.script("return [...document.querySelectorAll('dialog button.primary')].map(b => b.disabled)"))

    def test_a_drill_is_virtual_and_a_what_if_compares(self):
        self.create("tried", "vector(100)", replicas=5, mode="DryRun")  # nobody else moves it
        self.wait_condition("tried", "ModelReady", "True")
        self.control("tried")
        self.assertIn("Simulated twin", self.browser.text("[aria-label='Virtual drill']"))
        before = self.replicas("tried")
        for label, value in (("Load ×", "3"), ("Service time ×", "1.5"), ("Duration", "90")):
            self.browser.fill(label, value, "[aria-label='Virtual drill']")
        self.browser.click("Run the virtual drill")
        self.browser.wait_text(".virtual", "Virtual", 60)
        self.assertGreaterEqual(len(self.browser.find(".virtual canvas")), 4)
        self.assertEqual(before, self.replicas("tried"))
        self.look(self.page_of("tried"))
        self.browser.wait_text("[aria-label='What if?']", "Play it")
        self.browser.fill("Profile", "Performance", "[aria-label='What if?']")
        self.browser.fill("Max replicas", "7", "[aria-label='What if?']")
        self.browser.fill("Demand of the last", "10 minutes", "[aria-label='What if?']")
        self.browser.click("Play it")
        self.browser.wait_text("[aria-label='What if?'] table", "Replica-hours", 60)
        self.browser.read_logs()
        sent = {address.rsplit("/", 1)[1]: body for address, body in self.browser.sent}
        self.assertLessEqual({"requestFactor": 3, "latencyFactor": 1.5, "overlaySeconds": 90}.items(), sent["drill"].items())
        self.assertEqual(600, sent["what-if"]["windowSeconds"])
        self.assertIn("Performance", json.dumps(sent["what-if"]["candidate"]))
        self.assertIn("7", json.dumps(sent["what-if"]["candidate"]))

    def test_an_expired_token_is_asked_for_anew_and_the_page_goes_on(self):
        token = self.token_of("leaver", "get, list, watch")
        self.create("seen", "vector(100)")
        self.wait_condition("seen", "Ready", "True")
        self.look(self.page_of("seen"), token)
        self.browser.wait_text("[aria-label='Why this number?']", "decided")
        self.kubectl("delete", "serviceaccount", "leaver")
        self.browser.wait_text("dialog", "expired", 40)  # the operator trusts a token for some seconds
        self.browser.fill("Bearer token", self.token, "dialog")
        self.browser.press(Keys.ENTER)
        self.browser.wait_gone("dialog")
        self.browser.wait_text("h1", "seen")
        self.browser.wait_text(".link", "Live")


class Losing(DashboardTest):
    def restart_on_the_same_port(self):
        self.operator.settings["listen_address"] = f"127.0.0.1:{self.operator.address['port']}"
        self.operator.start()

    def test_a_stream_that_breaks_is_said_and_recovers_when_the_operator_is_back(self):
        self.create("before", "vector(100)")
        self.wait_replicas("before", lambda count: count >= 5)
        self.look()
        self.browser.wait_text(".services", "before")
        self.operator.kill()
        self.browser.wait_text(".lost", "Not live")
        self.browser.click("Try now", ".lost")
        self.browser.wait_text(".lost", "Not live")
        self.assertIn("before", self.browser.text(".services"))  # what was known stays, and is marked
        self.create("after", "vector(100)")
        self.restart_on_the_same_port()
        self.browser.wait_text(".link", lambda text: text == "Live", 40)
        self.browser.wait_gone(".lost")
        self.browser.wait_text(".services", "after", 30)

    def test_an_outage_of_prometheus_is_said_and_shown_as_not_known(self):
        self.create("blind", "vector(100)")
        self.wait_replicas("blind", lambda count: count >= 5)
        self.addCleanup(self.cluster.start, "prometheus")
        self.cluster.stop("prometheus")
        self.wait_condition("blind", "MetricsFresh", "False")
        for size in (PHONE, DESKTOP):
            self.browser.view(size)
            for page, shown in (("", ".services"), (self.page_of("blind"), ".tiles")):
                with self.subTest(size=size, page=page):
                    self.look(page)
                    self.browser.wait_text(shown, lambda text: "–" in text and "100" not in text)
                    self.assertEqual([], self.browser.accessibility_offences())
                    self.assertFalse(self.browser.is_too_wide())
        self.look()
        self.browser.wait_text("h1", "have no metrics (Prometheus does not answer)")
        self.cluster.start("prometheus")
        self.browser.wait_text(".services", "100/s", 60)

    def test_a_stream_that_falls_silent_is_said(self):
        self.look()
        os.kill(self.operator.process.pid, signal.SIGSTOP)
        try:
            self.browser.wait_text(".lost", "Not live", 30)
        finally:
            os.kill(self.operator.process.pid, signal.SIGCONT)
        self.browser.wait_text(".link", lambda text: text == "Live", 30)


class Many(DashboardTest):
    COUNT = 200

    def test_two_hundred_policies_stay_fluent(self):
        manifests = []
        for index in range(self.COUNT):
            name = f"many-{index:03}"
            manifests.append(policy(name, f"vector({20 + index})", mode="DryRun", controlPeriodSeconds=2))
        self.apply(DEPLOYMENT.replace("NAME", "many").replace("REPLICAS", "1"))
        self.kubectl("create", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}))
        began = time.monotonic()
        self.look()
        wait_until("all are on the page", lambda: len(self.browser.find(".services tbody tr")) >= self.COUNT, 60)
        frames, longest = self.browser.driver.execute_async_script(FRAMES)
        print(f"\n  {self.COUNT} policies: all on the page {time.monotonic() - began:.1f} s after opening, then {frames / 4:.0f} frames a second, "
              f"longest {longest:.0f} ms", end=" ")  # fmt: skip
        self.assertGreater(frames, 20)
        self.browser.find("input[type=search]")[0].send_keys("many-17")
        wait_until("the filter holds", lambda: len(self.browser.find(".services tbody tr")) == 10)
        self.browser.view(PHONE)
        self.look()
        wait_until("all are on the phone", lambda: len(self.browser.find(".services tbody tr")) >= self.COUNT, 60)
        self.assertFalse(self.browser.is_too_wide(), "it scrolls sideways")
        frames, longest = self.browser.driver.execute_async_script(FRAMES)
        print(f"on a phone {frames / 4:.0f} frames a second, longest {longest:.0f} ms", end=" ")
        self.assertGreater(frames, 20)


if __name__ == "__main__":
    unittest.main()
