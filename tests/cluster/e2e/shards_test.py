#!/usr/bin/env python3
"""Shards: three operators share the policies fairly, and whatever is killed, stopped and started, each policy has at most one writer."""

import datetime
import itertools
import json
import pathlib
import random
import signal
import sys
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parent.parent)]
from localcluster import wait_until  # noqa: E402
from operator_test import DEPLOYMENT, OperatorTest, policy  # noqa: E402

SHARDS = 6
POLICIES = 12


class Shards(OperatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator.stop()

    def setUp(self):
        self.logs = []

    def start(self):
        operator = self.start_operator(shards=SHARDS, leader_election_lease_name=self.namespace,
                                       leader_election_lease_duration_seconds=6, leader_election_renew_deadline_seconds=5,
                                       leader_election_retry_period_seconds=0.5)  # fmt: skip
        self.addCleanup(operator.stop)
        self.logs.append(Log(operator))
        return operator

    def held(self, operator):
        return operator.metric("leader_election_master_status")

    def fairly_shared(self, operators):
        held = sorted(self.held(operator) for operator in operators)
        return sum(held) == SHARDS and held[-1] - held[0] <= 1

    def test_each_policy_has_at_most_one_writer_while_operators_are_killed_stopped_and_started(self):
        chance = random.Random(5)
        operators = [self.start() for _ in range(3)]
        wait_until("the shards are shared fairly", lambda: self.fairly_shared(operators), 60)
        names = [f"p{number}" for number in range(POLICIES)]
        self.apply("    ---".join(DEPLOYMENT.replace("NAME", name).replace("REPLICAS", "1") for name in names))
        wanted = itertools.count(2)
        self.order(names, next(wanted))
        self.wait_each_has_its_order(names)

        for round_number in range(4):
            victim = operators.pop(chance.randrange(3))
            self.order(names, next(wanted))  # the moves fall into the handover
            if chance.random() < 0.5 or round_number == 0:
                self.logs_of(victim).killed = time.time()
                victim.kill()
            else:
                victim.stop()
            if chance.random() < 0.5:
                wait_until("the others share what it had", lambda: self.fairly_shared(operators), 60)
            operators.append(self.start())
            if chance.random() < 0.7:
                wait_until("all share fairly again", lambda: self.fairly_shared(operators), 60)
            self.wait_each_has_its_order(names)
        wait_until("all share fairly in the end", lambda: self.fairly_shared(operators), 60)
        self.order(names, next(wanted))
        self.wait_each_has_its_order(names)
        for operator in operators:
            operator.stop()
        self.check_writers()

    def test_a_suspended_operator_undoes_nothing_when_it_wakes_up_and_shares_again(self):
        operators = [self.start() for _ in range(3)]
        wait_until("the shards are shared fairly", lambda: self.fairly_shared(operators), 60)
        names = [f"s{number}" for number in range(POLICIES)]
        self.apply("    ---".join(DEPLOYMENT.replace("NAME", name).replace("REPLICAS", "1") for name in names))
        self.order(names, 3)
        self.wait_each_has_its_order(names)
        sleeper, *others = operators
        self.addCleanup(sleeper.process.send_signal, signal.SIGCONT)
        sleeper.process.send_signal(signal.SIGSTOP)
        wait_until("the others have its shards", lambda: sum(self.held(operator) for operator in others) == SHARDS, 60)
        self.order(names, 7)
        self.wait_each_has_its_order(names)
        asleep = len(self.logs_of(sleeper).said("scaled"))
        sleeper.process.send_signal(signal.SIGCONT)
        wait_until("all share fairly again", lambda: self.fairly_shared(operators), 60)
        self.assertEqual({7}, self.replicas_of(names))
        self.assertEqual(asleep, len(self.logs_of(sleeper).said("scaled")), "it wrote what it had decided before")
        self.order(names, 4)
        self.wait_each_has_its_order(names)
        self.assertGreater(len(self.logs_of(sleeper).said("scaled")), asleep, "it works again")

    def order(self, names, replicas):
        """Each policy must move to this count, whatever its load: a move for certain, by who has its shard."""
        self.ordered = replicas
        bounded = [policy(name, "vector(20)", minReplicas=replicas, maxReplicas=replicas) for name in names]
        self.kubectl("apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": bounded}))

    def wait_each_has_its_order(self, names):
        wait_until(f"each target has {self.ordered} replicas", lambda: self.replicas_of(names) == {self.ordered}, 60)

    def replicas_of(self, names):
        return {d["spec"]["replicas"] for d in self.get("deployments")["items"] if d["metadata"]["name"] in names}

    def logs_of(self, operator):
        return next(log for log in self.logs if log.operator is operator)

    def check_writers(self):
        spans = sorted((span for log in self.logs for span in log.spans()), key=lambda span: (span.lease, span.begin))
        self.assertEqual(SHARDS, len({span.lease for span in spans}))
        for earlier, later in zip(spans, spans[1:]):
            if earlier.lease == later.lease:
                self.assertLessEqual(earlier.end, later.begin, f"{earlier} and {later}")
        writes = [(log, line) for log in self.logs for line in log.said("scaled")]
        self.assertGreaterEqual(len(writes), 5 * POLICIES)
        self.assertGreater(len({log for log, _ in writes}), 3)
        # Which Lease a policy belongs to is known from no table here: there must be one whose last taker was the writer each time.
        leases = {span.lease for span in spans}
        for name in {line["policy"] for _, line in writes}:
            mine = [(log.operator, moment(line)) for log, line in writes if line["policy"] == name]
            fitting = [lease for lease in leases if all(last_taker(spans, lease, at) is operator for operator, at in mine)]
            self.assertTrue(fitting, f"{name} was written by one that did not hold its shard: {mine}")


def last_taker(spans, lease, at):
    taken = [span for span in spans if span.lease == lease and span.begin <= at]
    return taken[-1].operator if taken else None


class Span:
    """A time during which an operator worked on a shard."""

    def __init__(self, operator, lease, begin, end):
        self.operator, self.lease, self.begin, self.end = operator, lease, begin, end

    def __repr__(self):
        return f"{self.operator.process.pid} held {self.lease} from {self.begin:.3f} to {self.end:.3f}"


class Log:
    """What an operator has said."""

    def __init__(self, operator):
        self.operator, self.killed = operator, None

    def said(self, message):
        return [line for line in self.operator.log_lines() if line.get("message") == message]

    def spans(self):
        open_since, found = {}, []
        for line in self.operator.log_lines():
            if line.get("message") == "leading":
                open_since[line["lease"]] = moment(line)
            elif line.get("message") == "no longer leading":
                found.append(Span(self.operator, line["lease"], open_since.pop(line["lease"]), moment(line)))
        return found + [Span(self.operator, lease, begin, self.killed or time.time()) for lease, begin in open_since.items()]


def moment(line):
    return datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    unittest.main()
