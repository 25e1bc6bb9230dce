#!/usr/bin/env python3
"""Draw scenarios out of the whole language, each from a number.

    generate.py NUMBER              prints one
    generate.py FIRST LAST FOLDER   writes NUMBER.scn for each of them

What is drawn is legal (`ksim --check` accepts it) and mostly survivable: wild time with load and faults, then everything is
healed and started again, then calm, then every server is stopped.  It expects little, for the invariants are what judges.
The half of the scenarios that are `plain` (handlers that only take time, no members, short waits) are left alone for
long enough that invariant 11 can be decided.
"""

import os
import random
import sys

API_ERRORS = {
    "Produce": ["NOT_LEADER_OR_FOLLOWER", "REQUEST_TIMED_OUT", "NOT_ENOUGH_REPLICAS", "KAFKA_STORAGE_ERROR"],
    "Fetch": ["NOT_LEADER_OR_FOLLOWER", "OFFSET_OUT_OF_RANGE", "UNKNOWN_TOPIC_OR_PARTITION", "KAFKA_STORAGE_ERROR",
              "TOPIC_AUTHORIZATION_FAILED", "FENCED_LEADER_EPOCH", "UNKNOWN_SERVER_ERROR"],
    "OffsetCommit": ["NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS", "REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION",
                     "UNKNOWN_MEMBER_ID", "REQUEST_TIMED_OUT", "COORDINATOR_NOT_AVAILABLE"],
    "Heartbeat": ["NOT_COORDINATOR", "REBALANCE_IN_PROGRESS", "ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID",
                  "FENCED_INSTANCE_ID"],
    "JoinGroup": ["NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS", "UNKNOWN_MEMBER_ID", "GROUP_AUTHORIZATION_FAILED"],
    "SyncGroup": ["NOT_COORDINATOR", "REBALANCE_IN_PROGRESS", "UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION"],
    "OffsetFetch": ["NOT_COORDINATOR", "COORDINATOR_LOAD_IN_PROGRESS", "UNSTABLE_OFFSET_COMMIT"],
    "ListOffsets": ["NOT_LEADER_OR_FOLLOWER", "LEADER_NOT_AVAILABLE", "OFFSET_NOT_AVAILABLE"],
    "FindCoordinator": ["COORDINATOR_NOT_AVAILABLE", "GROUP_AUTHORIZATION_FAILED"],
    "Metadata": ["LEADER_NOT_AVAILABLE", "UNKNOWN_TOPIC_OR_PARTITION"],
    "LeaveGroup": ["NOT_COORDINATOR", "UNKNOWN_MEMBER_ID"],
}
STEADY_APIS = ["Produce", "Fetch", "OffsetCommit", "Heartbeat"]
SIGNALS = ["TERM", "INT", "QUIT", "HUP", "TSTP", "TTIN", "USR1", "USR2"]
EVENTS = ["app.initialized", "app.running", "app.quieting", "app.quiet", "app.stopping", "app.stopped",
          "app.terminated", "statistics.emitted", "error.occurred", "reporter.reported", "consumer.consume",
          "consumer.consumed", "consumer.marked", "worker.processed", "worker.completed", "client.pause",
          "client.resume", "client.committed", "connection.listener.fetch_loop.received",
          "rebalance.partitions_assigned", "rebalance.partitions_revoke", "rebalance.partitions_revoked",
          "process.notice_signal", "dead_letter_queue.dispatched", "connection.listener.stopped",
          "swarm.manager.after_fork", "swarm.node.after_fork"]
CORRUPTIONS = ['report {} process.id = "x"', "report {} jobs.*.topic = missing", "report {} stats.busy = -1",
               "report {} process.started_at = null", "report {} process.cpus = []", "error {} details = []",
               'error {} error_class = ""', "error {} occurred_at = 7",
               "statistics {} topics.*.partitions.*.consumer_lag = missing",
               "statistics {} brokers.*.rxbytes = 99999999999999999999999",
               'statistics {} = "{{\\"topics\\":"', "statistics {} topics = []", "statistics {} ts = -1",
               "statistics {} topics.*.partitions.*.committed_offset = null"]


class Draw:
    """Draws that come out the same with every version of Python: only random() is promised to."""

    def __init__(self, number):
        self.source = random.Random(number)

    def chance(self, percent):
        return self.source.random() * 100 < percent

    def number(self, low, high):
        return low + int(self.source.random() * (high - low + 1))

    def one(self, choices):
        return choices[int(self.source.random() * len(choices))]

    def some(self, choices, count):
        left = list(choices)
        return [left.pop(int(self.source.random() * len(left))) for _ in range(min(count, len(left)))]

    def ms(self, low, high):
        """A duration, as likely to be long as to be short."""
        ratio = (high / low) ** self.source.random()
        return int(low * ratio)


class Server:
    def __init__(self, name, group, mode):
        self.name = name
        self.group = group
        self.mode = mode
        self.nodes = 0
        self.shutdown_ms = 60000
        self.forceful_ms = 5000
        self.patience_ms = 0
        self.boot_ms = 0
        self.topics = []


class Scenario:
    def __init__(self, number):
        self.draw = Draw(number)
        self.number = number
        self.lines = []
        self.actions = []  # (ms, text)
        self.plain = self.draw.chance(35)
        self.stormy = self.draw.chance(70)
        self.wild_ms = self.draw.ms(6000, 60000)
        self.servers = []
        self.members = []
        self.starts = {}  # process: ms
        self.apis = {}  # name: its faults are at one broker each
        self.topics = {}  # name: partitions
        self.cost_ms = {}  # topic: what a message takes at the most
        self.messages = {}
        self.certain = self.plain  # of exit code 0 at the end
        self.settled = True  # nothing is left to happen in the end

    def say(self, text):
        self.lines.append(text)

    def act(self, ms, text):
        self.actions.append((ms, text))

    def moment(self):
        return self.draw.number(0, self.wild_ms)

    # ---- What there is

    def cluster(self):
        draw = self.draw
        self.brokers = draw.one([1, 2, 3, 3, 3])
        # The mock knows one session timeout a group, and aborts when the members prefer different strategies.
        self.session_ms = draw.one([6000, 6000, 10000, 20000, 45000])
        strategy = draw.one(["", "", "cooperative-sticky", "cooperative-sticky", "roundrobin", "range"])
        self.strategy = f" kafka.partition.assignment.strategy={strategy}" if strategy else ""
        latency = draw.one(["", "", "", " latency=1ms..3ms", " latency=20ms", " latency=250us"])
        self.say(f"cluster  brokers={self.brokers}{latency}")
        for name in draw.some(["orders", "payments", "refunds"], draw.one([1, 1, 2, 2, 3])):
            self.topics[name] = draw.one([1, 2, 3, 4, 6, 9])
            self.cost_ms[name] = 0
            self.messages[name] = 0
            self.say(f"topic    {name} partitions={self.topics[name]}")
        self.sink = None
        if not self.plain and draw.chance(60):
            self.sink = "dead"
            self.say("topic    dead partitions=" + str(draw.number(1, 3)))

    def setting(self, server, name, ms):
        server.patience_ms += ms
        return f" {name}={ms}ms"

    def kafka(self, server):
        draw = self.draw
        words = ""
        session = self.session_ms
        server.patience_ms += session
        words += f" kafka.session.timeout.ms={session}"
        # A join that the mock forgot is given up after that: do not wait for the 5 minutes of the default.
        if draw.chance(35) or (self.plain and self.stormy):
            poll = session + draw.one([0, 1000, 5000, 20000])
            server.patience_ms += poll
            words += f" kafka.max.poll.interval.ms={poll}"
        if draw.chance(30):
            words += f" kafka.heartbeat.interval.ms={draw.one([200, 1000, 2500])}"
        if draw.chance(30):
            interval = draw.one([100, 1000, 10000])
            server.patience_ms += interval
            words += f" kafka.auto.commit.interval.ms={interval}"
        if draw.chance(30):
            words += f" kafka.fetch.wait.max.ms={draw.one([10, 100, 2000])}"
        if draw.chance(15):
            words += f" kafka.statistics.interval.ms={draw.one([500, 1000, 20000])}"
        if draw.chance(10):
            words += f" kafka.group.instance.id=till-{server.name}"
        if not self.plain and draw.chance(10):
            words += draw.one([" kafka.socket.timeout.ms=2000", " kafka.message.timeout.ms=3000",
                               " kafka.max.partition.fetch.bytes=300", " kafka.queued.min.messages=1",
                               " kafka.client.id=shop", " kafka.enable.partition.eof=true",
                               " kafka.reconnect.backoff.max.ms=200"])
        return words

    def settings(self, server):
        draw = self.draw
        words = ""
        if draw.chance(70):
            words += f" workers={draw.one([1, 1, 2, 3, 8])}"
        if draw.chance(60):
            server.shutdown_ms = draw.ms(2000, 20000) if self.plain else draw.ms(1, 20000)
            words += self.setting(server, "shutdown_timeout", server.shutdown_ms)
        if draw.chance(40):
            server.forceful_ms = draw.ms(100, 6000)
            words += self.setting(server, "forceful_shutdown_wait", server.forceful_ms)
        for name, percent, low, high in [
                ("supervision_sleep", 10, 1, 500), ("max_wait_time", 30, 50, 5000), ("tick_interval", 20, 50, 8000),
                ("reset_backoff", 30, 50, 8000), ("report_interval", 30, 500, 20000)]:
            if draw.chance(percent):
                words += self.setting(server, name, draw.ms(low, high))
        if draw.chance(40):
            words += f" max_messages={draw.one([1, 2, 5, 10, 50, 1000])}"
        if draw.chance(30):
            pause = draw.ms(1, 5000)
            words += self.setting(server, "pause_timeout", pause)
            words += self.setting(server, "pause_max_timeout", pause * draw.one([1, 2, 7]))
        if draw.chance(20):
            words += f" report_schema={draw.one(['1.4.0', '1.4.1', '1.6.0', '1.7.0'])}"
        if draw.chance(5):
            words += " reporting=off"
        if draw.chance(10):
            words += f" sync_threshold={draw.one([1, 2, 10])}"
        if draw.chance(10):
            words += f" errors_max={draw.one([1, 3, 20])}"
        if draw.chance(10):
            server.boot_ms = draw.ms(1, 3000)
            words += self.setting(server, "boot", server.boot_ms)
        if draw.chance(8):
            words += f" clock_offset={draw.one(['-1h', '+3s', '-250ms', '+9h'])}"
        if draw.chance(8):
            words += f" forceful_exit_code={draw.one([2, 9, 77])}"
        return words

    def declare_servers(self):
        draw = self.draw
        groups = draw.one([["billing"], ["billing"], ["billing", "shipping"]])
        for i in range(draw.one([1, 1, 2, 2, 3, 4])):
            mode = draw.one(["standalone"] * 7 + ["embedded"] * 2 + ["supervisor"])
            server = Server(f"s{i + 1}", draw.one(groups), mode)
            words = f"server   {server.name} group={server.group}"
            if mode != "standalone":
                words += f" mode={mode}"
            words += self.settings(server) + self.kafka(server)
            words += self.strategy
            if mode == "supervisor":
                server.nodes = draw.number(1, 3)
                words += f" nodes={server.nodes}"
                for name, low, high in [("restart_backoff", 500, 8000), ("liveness_every", 1000, 10000)]:
                    if draw.chance(40):
                        words += self.setting(server, name, draw.ms(low, high))
                if draw.chance(40):
                    words += self.setting(server, "liveness_timeout", draw.number(11000, 40000))
            self.servers.append(server)
            self.say(words)

    def cost(self, topic):
        """What a message takes: mostly little."""
        draw = self.draw
        low = draw.ms(1, 100 if self.plain else 400)
        high = low * draw.one([1, 2, 5])
        form = draw.one(["{0}ms", "{0}ms..{1}ms", "uniform({0}ms..{1}ms)", "{2}us"])
        self.cost_ms[topic] = max(self.cost_ms[topic], high)
        return form.format(low, high, low * 10)

    def misbehaviour(self):
        """What a handler may do besides taking time."""
        draw = self.draw
        words = ""
        if draw.chance(45):
            words += " " + draw.one(["fails=1", "fails=3", "fails=10%", "fails=50%", "fails=pattern(..x)", "fails=always",
                                     "fails=pattern(x.)", "fails=2%"])
            if draw.chance(20):
                words += " " + draw.one(['error="card refused"', 'error="caf\\xe9" class=CardError', "error_size=20KiB"])
        if draw.chance(10):
            words += " " + draw.one(["hangs", "hangs=300ms", "hangs=8s", "hangs=20s"])
            words += draw.one(["", " ignores_cancel"])
        if draw.chance(10):
            words += f" pauses={draw.ms(1, 4000)}ms"
        if draw.chance(5):
            words += f" seeks={draw.number(0, 5)}"
        if self.sink and draw.chance(15):
            words += f" produces={self.sink}" + draw.one(["", " produce_sync"]) + draw.one(["", " produce_size=1KiB"])
        return words

    def routing(self, server, topic):
        draw = self.draw
        words = ""
        if draw.chance(12 if self.plain else 25):
            words += " non_blocking"
            self.cost_ms[topic] += 2000  # its messages are fetched anew after each batch
        if draw.chance(15):
            words += self.setting(server, "tick", draw.ms(200, 9000))
        if draw.chance(15):
            words += " idle"
        if draw.chance(15):
            words += f" max_messages={draw.one([1, 3, 20])}"
        if draw.chance(10):
            words += " pause_constant"
        if draw.chance(10):
            words += f" subscription_group=own-{topic}"
        if self.sink and draw.chance(50):
            words += f" dead_letters={self.sink} max_retries={draw.one([0, 0, 1, 2, 3])}"
            words += draw.one(["", " independent"]) + draw.one(["", " synchronous"])
        return words

    def marking(self):
        return "" if self.plain else self.draw.one([""] * 8 + [" marks=by_hand", " marks=by_hand_sync"])

    def declare_handlers(self):
        draw = self.draw
        for server in self.servers:
            server.topics = draw.some(list(self.topics), draw.one([1, 2, 3]))
            for topic in server.topics:
                marks = self.marking()
                words = f"handler  {server.name} {topic}"
                if draw.chance(80):
                    words += f" takes={self.cost(topic)}"
                if draw.chance(20):
                    words += f" batch_takes={self.cost(topic)}"
                words += self.routing(server, topic) + marks
                if not self.plain:
                    words += self.misbehaviour()
                self.say(words)
                if draw.chance(15):
                    self.partition_handler(server, topic, marks)
                if draw.chance(10):
                    self.later_handler(server, topic, marks)

    def partition_handler(self, server, topic, marks):
        draw = self.draw
        of = f"{topic}/{draw.number(0, self.topics[topic] - 1)}"
        first = draw.number(0, 20)
        extent = draw.one(["", f" from_offset={first}", f" to_offset={first}", f" from_offset={first} to_offset={first}"])
        wrong = "" if self.plain else self.misbehaviour()
        self.say(f"handler  {server.name} {of}{extent} takes={self.cost(topic)}{marks}{wrong}")

    def later_handler(self, server, topic, marks):
        wrong = "" if self.plain else self.misbehaviour()
        self.act(self.moment(), f"handler {server.name} {topic} takes={self.cost(topic)}{marks}{wrong}")

    def declare_others(self):
        draw = self.draw
        if not self.plain and draw.chance(30):
            for i in range(draw.one([1, 1, 2])):
                name = f"m{i + 1}"
                topics = draw.some(list(self.topics), draw.number(1, 2))
                words = f"member   {name} group={draw.one(self.servers).group} topics={','.join(topics)}"
                words += draw.one(["", " takes=2ms", " takes=1ms..30ms"])
                words += f" kafka.session.timeout.ms={self.session_ms}" + self.strategy
                self.members.append(name)
                self.say(words)
        if draw.chance(20):
            for _ in range(draw.number(1, 3)):
                what = draw.one([" fails", " fails=10%", " takes=1ms", " fails=pattern(..x) takes=100us", " takes=5ms"])
                self.say(f"subscriber {draw.one(self.servers).name} {draw.one(EVENTS)}{what}")

    # ---- What happens

    def loads(self):
        draw = self.draw
        for topic in self.topics:
            for _ in range(draw.one([1, 1, 2, 3])):
                self.load(topic)

    def load(self, topic):
        draw = self.draw
        at = 0 if draw.chance(50) else self.moment()
        of = topic if draw.chance(85) else f"{topic}/{draw.number(0, self.topics[topic] - 1)}"
        left = max(500, self.wild_ms - at)
        budget = 300 if self.cost_ms[topic] < 100 else 50 if self.cost_ms[topic] < 2000 else 10  # that keep the run short
        form = draw.number(0, 3)
        if form == 0:
            count = draw.ms(1, budget)
            words = f"{count}"
        elif form == 1:
            rate = max(1, min(200, budget * 1000 // left))
            rate = draw.number(1, rate)
            count = rate * left // 1000 + 1
            words = f"{rate}/s for {left}ms"
        elif form == 2:
            every = draw.ms(50, 5000)
            turns = max(1, min(left // every, budget // 3))
            count = turns * 3 + 3
            words = f"3 every {every}ms for {turns * every}ms"
        else:
            count = draw.ms(1, budget)
            words = f"1/{draw.ms(5, 400)}ms count={count}"
        words += draw.one(["", "", "", " keys=5", ' key="c-1"', " size=1..4KiB", " payload=null", ' payload="{}"',
                           " keys=3 payload=null"])
        self.messages[topic] += count
        self.act(at, f"load {of} {words}")

    def first_starts(self):
        draw = self.draw
        for name in [server.name for server in self.servers] + self.members:
            self.starts[name] = draw.one([0, 0, 0, draw.ms(1, 20000)])
            self.act(self.starts[name], f"start {name}")

    def process(self):
        """A process, or a node of one."""
        draw = self.draw
        server = draw.one(self.servers)
        if server.nodes > 0 and draw.chance(60):
            return f"{server.name}.{draw.number(0, server.nodes - 1)}"
        return draw.one([server.name, server.name, server.name] + self.members)

    def net_fault(self):
        draw = self.draw
        who = draw.one(["all", self.process(), self.process()])
        arrow = draw.one(["", " <-> broker {}", " -> broker {}", " <- broker {}"])
        where = arrow.format(draw.one(["all", draw.number(1, self.brokers)]))
        effect = draw.one(["cut", "cut", "refuse", "reset", f"latency={draw.ms(1, 800)}ms", "latency=5ms..300ms",
                           f"slow={draw.one([1, 10, 100])}KiB/s", "half_response"])
        words = f"fault net {who}{where} {effect}"
        if effect in ("reset", "half_response"):
            return words + draw.one(["", f" count={draw.number(1, 5)}", " count=3 for 5s"])
        words += f" for {draw.ms(100, 30000)}ms"
        return words + draw.one(["", "", f" chance={draw.number(10, 90)}%"])

    def api_fault(self):
        draw = self.draw
        steady = self.plain and draw.chance(90)
        api = draw.one(STEADY_APIS if steady else list(API_ERRORS))
        self.certain = self.certain and steady
        words = f"fault api {api}"
        # The mock looks for errors at one broker or at all of them, not at both.
        at_one = self.apis.setdefault(api, draw.chance(40))
        if at_one and draw.chance(40):
            return words + f" latency={draw.ms(10, 5000)}ms" + draw.one(["", f" broker={draw.number(1, self.brokers)}"])
        words += f" error={draw.one(API_ERRORS[api])}"
        words += draw.one(["", f" count={draw.number(1, 6)}", f" count={draw.number(1, 6)}"])
        return words + (f" broker={draw.number(1, self.brokers)}" if at_one else draw.one(["", " chance=30%"]))

    def broker_fault(self):
        draw = self.draw
        broker = draw.one(["all", draw.number(1, self.brokers), draw.number(1, self.brokers)])
        lasts = draw.ms(50, 40000)
        return draw.one([f"fault broker {broker} down for {lasts}ms", f"fault broker {broker} down",
                         f"fault broker {broker} up", f"fault broker {broker} down for {lasts}ms",
                         f"fault broker {broker} bounce for {draw.ms(10, 1500)}ms",
                         f"fault broker {broker} bounce for 100ms count=3 every 2s"])

    def move(self):
        draw = self.draw
        broker = draw.number(1, self.brokers)
        topic = draw.one(list(self.topics))
        return draw.one([f"fault coordinator {draw.one(self.servers).group} -> broker {broker}",
                         f"fault leader {topic} -> broker {broker}",
                         f"fault leader {topic}/{draw.number(0, self.topics[topic] - 1)} -> broker {broker}"])

    def process_fault(self):
        draw = self.draw
        process = self.process()
        return draw.one([f"fault process {process} crash",
                         f"fault process {process} pause for {draw.ms(10, 40000)}ms",
                         f"fault process {process} pause for {draw.ms(10, 40000)}ms",
                         f"fault process {process.split('.')[0]} restart for {draw.ms(10, 8000)}ms"])

    def clock_fault(self):
        draw = self.draw
        return f"fault clock {self.process()} " + draw.one(
            ["step=-3s", "step=+1h", "step=-200ms", "step=+3s", "drift=200ppm", "drift=-1%", "drift=40%"])

    def producer_fault(self):
        draw = self.draw
        server = draw.one(self.servers).name
        lasts = draw.ms(50, 8000)
        return f"fault producer {server} " + draw.one(
            [f"queue_full for {lasts}ms", f"queue_full count={draw.number(1, 9)}", f"delivery_failure for {lasts}ms",
             f"delivery_failure count={draw.number(1, 9)}", "delivery_failure count=2 error=REQUEST_TIMED_OUT"] +
            (["closed"] if draw.chance(20) else []))

    def corruption(self):
        draw = self.draw
        name = self.draw.one(self.servers).name
        return "corrupt " + draw.one(CORRUPTIONS).format(name) + draw.one([" once", " once", " count=3", ""])

    def signals(self):
        draw = self.draw
        server = draw.one(self.servers)
        name = server.name
        if server.nodes > 0 and draw.chance(40):
            name += f".{draw.number(0, server.nodes - 1)}"
        self.certain = self.certain and server.mode != "embedded"
        if draw.chance(50):
            return f"signal {name} {draw.one(SIGNALS)}"
        burst = " ".join(draw.one(SIGNALS) for _ in range(draw.number(1, 4)))
        return f"signal {name} {burst}" + draw.one(["", f" times={draw.number(1, 5)} every {draw.ms(1, 900)}ms"])

    def call(self):
        draw = self.draw
        server = draw.one(self.servers)
        choices = [f"stop {server.name}", f"quiet {server.name}", f"start {server.name}", f"start {server.name}"]
        if server.nodes == 0:
            choices += [f"scale {server.name} workers={draw.number(1, 9)}"] * 2
        if self.members:
            choices += [f"stop {draw.one(self.members)}", f"start {draw.one(self.members)}"]
        return draw.one(choices)

    def turbulence(self):
        draw = self.draw
        quiet = [self.signals, self.call, self.call]
        storm = [self.net_fault, self.net_fault, self.api_fault, self.api_fault, self.broker_fault, self.move,
                 self.process_fault, self.process_fault, self.clock_fault]
        strange = [self.producer_fault, self.corruption]
        for _ in range(draw.one([0, 1, 2, 3, 5, 8]) if self.stormy else 0):
            self.act(self.moment(), draw.one(storm)())
        for _ in range(draw.one([0, 0, 1, 2, 4])):
            self.act(self.moment(), draw.one(quiet)())
        for _ in range(draw.one([0, 0, 0, 1, 2])):
            self.act(self.moment(), draw.one(strange)())
        for _ in range(draw.one([0, 0, 0, 1, 2])):
            self.settled = False
            self.act(self.moment(), self.point() + draw.one(storm + quiet if self.stormy else quiet)())

    def point(self):
        """The beginning of a line that happens when something else does."""
        draw = self.draw
        server = draw.one(self.servers)
        topic = draw.one(list(self.topics))
        of = f"{topic}/{draw.number(0, self.topics[topic] - 1)}"
        point = draw.one([f"job {of} started", f"job {of} finished", f"event {server.name} {draw.one(EVENTS)}",
                          f"{server.name} status {draw.one(['quieting', 'quiet', 'stopping', 'stopped'])}",
                          f"assignment {server.name} count>=1", f"request {draw.one(list(API_ERRORS))}"])
        return f"when {point} {draw.one(['', '', f'+{draw.ms(1, 2000)}ms '])}"

    # ---- How it ends

    def calm(self):
        """When all is over: long enough for invariant 11 where it can be decided, else not for long."""
        longest = max(server.shutdown_ms + server.forceful_ms for server in self.servers)
        start = self.wild_ms + 42000 + longest
        for name in ["broker all up", "net all heal"] if self.stormy else []:
            self.act(start, f"fault {name}")
        for server in self.servers:
            # The system stops who has not bound TSTP and TTIN: a host of an embedded server, one that boots.
            if self.stormy or any(f"signal {server.name}" in text for _, text in self.actions):
                self.act(start, f"fault process {server.name} resume")
            self.act(start + 1000, f"start {server.name}")
        patience = sum(server.patience_ms * max(1, server.nodes) for server in self.servers)
        work = sum(self.messages[topic] * self.cost_ms[topic] for topic in self.topics) * len(self.servers)
        judged = (210000 if self.stormy else 60000) + patience + work
        self.end_ms = start + (judged if self.plain else 15000)

    def happenings(self):
        """Nothing happens to a process before it is started."""
        later = []
        for ms, text in self.actions:
            names = [word.split(".")[0] for word in text.split()]
            later.append((max([ms] + [self.starts.get(name, 0) for name in names]), text))
        later.sort(key=lambda action: (action[0], not action[1].startswith("start")))
        for ms, text in later:
            self.say(text if text.startswith("when ") else f"at {ms}ms {text}")

    def end(self):
        at = self.end_ms
        for server in self.servers:
            how = f"stop {server.name}" if server.mode == "embedded" else f"signal {server.name} TERM"
            self.say(f"at {at}ms {how}")
            within = server.shutdown_ms + server.forceful_ms + 1500 + (1500 if server.nodes else 0)
            if self.settled:
                self.say(f"by +{within}ms expect exit {server.name}" + (" code=0" if self.certain else ""))
        for member in self.members:
            self.say(f"at {at}ms stop {member}")
        self.lines.insert(2, f"set limit = {at + 400000}ms")

    def text(self):
        self.say(f"# Why: whatever happens, the invariants hold (number {self.number}).")
        self.cluster()
        self.declare_servers()
        self.declare_handlers()
        self.declare_others()
        self.loads()
        self.first_starts()
        self.turbulence()
        self.calm()
        self.happenings()
        self.end()
        return "\n".join(self.lines) + "\n"


def main():
    numbers = [int(word) for word in sys.argv[1:3] if word.isdigit()]
    if len(sys.argv) == 2 and len(numbers) == 1:
        sys.stdout.write(Scenario(numbers[0]).text())
    elif len(sys.argv) == 4 and len(numbers) == 2:
        for number in range(numbers[0], numbers[1] + 1):
            with open(os.path.join(sys.argv[3], f"{number:05}.scn"), "w", encoding="utf-8") as file:
                file.write(Scenario(number).text())
    else:
        sys.exit("usage: generate.py NUMBER, or generate.py FIRST LAST FOLDER")


if __name__ == "__main__":
    main()
