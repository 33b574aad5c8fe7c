"""The engine itself: routes, caches, batches, keywords. That it says what the rules mean is in test_sigma_reference."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.making import document, event
from tocsin.detect.sigma import Engine, compile_rules, dump, load, matcher, parse, plan
from tocsin.detect.sigma import engine as engine_module
from tocsin.model import Event

PROCESS = "product: windows, category: process_creation"
YES, NO = True, False


def engine_of(*texts: str) -> Engine:
    compiled = compile_rules(parse(text) for text in texts)
    assert not compiled.skipped
    return Engine(compiled)


def fires(engine: Engine, native: dict[str, Any], source: str = "windows.sysmon", raw: bytes = b"") -> bool:
    return bool(engine.match([event(native, source, raw=raw)]))


ROUTES: list[tuple[str, str, dict[str, Any], bool]] = [
    (PROCESS, "windows.sysmon", {"EventID": 1}, YES),
    (PROCESS, "windows.sysmon", {"EventID": "1"}, YES),
    (PROCESS, "windows.sysmon", {"EventID": True}, NO),
    (PROCESS, "windows.sysmon", {"EventID": 1.0}, NO),
    (PROCESS, "windows.sysmon", {"EventID": [1]}, NO),
    (PROCESS, "windows.sysmon", {}, NO),
    (PROCESS, "windows.sysmon", {"EventID": 3}, NO),
    (PROCESS, "windows.security", {"EventID": 4688}, YES),
    (PROCESS, "windows.security", {"EventID": 4624}, NO),
    (PROCESS, "linux.sysmon", {"EventID": 1}, NO),
    ("product: linux, category: process_creation", "linux.sysmon", {"EventID": 1}, YES),
    ("category: process_creation", "linux.sysmon", {"EventID": 1}, YES),
    ("product: windows", "windows.anything-else", {}, YES),
    ("product: windows, service: security", "windows.security", {}, YES),
    ("product: windows, service: security", "windows.odd", {"Channel": "SECURITY"}, YES),
    ("product: windows, service: security", "windows.system", {}, NO),
    ("product: windows, service: ntlm", "windows.microsoft-windows-ntlm-operational", {}, YES),
    ("product: windows, service: ntlm", "windows.x", {"Channel": "Microsoft-Windows-NTLM/Operational"}, YES),
    ("product: windows, category: ps_script", "windows.powershell", {"EventID": 4104}, YES),
    ("product: windows, category: ps_script", "windows.powershell", {"EventID": 4103}, NO),
    ("product: zeek, service: conn", "zeek.conn", {}, YES),
    ("product: zeek, service: a_new_log", "zeek.a_new_log", {}, YES),
    ("product: zeek, service: dns", "zeek.conn", {}, NO),
    ("category: dns", "zeek.dns", {}, YES),
    ("category: dns", "suricata.dns", {}, YES),
    ("category: proxy", "zeek.http", {}, YES),
    ("category: firewall", "fortigate.traffic", {}, YES),
    ("product: aws, service: cloudtrail", "aws.cloudtrail", {}, YES),
    ("product: aws, service: cloudtrail", "aws.guardduty", {}, NO),
    ("product: linux, service: sshd", "linux.auth", {"appname": "sshd"}, YES),
    ("product: linux, service: sshd", "linux.journald", {"SYSLOG_IDENTIFIER": "SSHD"}, YES),
    ("product: linux, service: sshd", "linux.auth", {"appname": "cron"}, NO),
    ("product: linux", "linux.whatever", {}, YES),
    ("product: macos, category: process_creation", "windows.sysmon", {"EventID": 1}, NO),
]


@pytest.mark.parametrize(("logsource", "source", "native", "expected"), ROUTES)
def test_a_logsource(logsource: str, source: str, native: dict[str, Any], expected: bool) -> None:
    engine = engine_of(document("s: {f: a}\ncondition: s", logsource))
    assert fires(engine, {"f": "a", **native}, source) is expected


def test_equal_keys_are_not_the_same_value() -> None:
    engine = engine_of(document("s: {f: 1}\ncondition: s", PROCESS))
    for event_id, value, expected in [
        (1, 1, YES),
        (True, 1, NO),
        (1.0, 1, NO),
        (1, True, NO),
        (1, 1.0, NO),
        (1, "1", YES),
    ]:
        assert fires(engine, {"EventID": event_id, "f": value}) is expected


def test_a_mark_in_plain_lines() -> None:
    engine = engine_of(document("s: ['erase']\ncondition: s", "product: cisco, service: aaa"))
    line = "Mar  1 10:00:00: %PARSER-5-CFGLOG_LOGGEDCMD: User:x logged command:erase flash"
    assert fires(engine, {"message": line}, "text.line", line.encode())
    assert not fires(engine, {"message": "erase"}, "text.line", b"erase")


ALIASES: list[tuple[str, str, str, dict[str, Any], bool]] = [
    (PROCESS, "Image|endswith: '\\a.exe'", "windows.security", {"EventID": 4688, "NewProcessName": "C:\\a.exe"}, YES),
    (PROCESS, "ParentProcessId: 7", "windows.security", {"EventID": 4688, "ProcessId": 7, "NewProcessId": 9}, YES),
    (PROCESS, "ProcessId: 7", "windows.security", {"EventID": 4688, "ProcessId": 7, "NewProcessId": 9}, NO),
    ("category: proxy", "cs-host: a.fr", "zeek.http", {"host": "A.fr"}, YES),
    ("category: proxy", "c-uri-extension: exe", "zeek.http", {"uri": "/x/y.exe?z=.txt"}, YES),
    ("category: webserver", "cs-uri-stem|endswith: '.aspx'", "suricata.http", {"http": {"url": "/a.aspx?q"}}, YES),
    ("category: dns", "query|contains: bad", "suricata.dns", {"dns": {"rrname": "x.bad.fr"}}, YES),
    ("category: dns", "answer: 192.0.2.1", "zeek.dns", {"answers": ["192.0.2.9", "192.0.2.1"]}, YES),
    (
        "product: gcp, service: gcp.audit",
        "data.protoPayload.serviceName: x",
        "gcp.audit",
        {"protoPayload": {"serviceName": "x"}},
        YES,
    ),
    (
        "product: azure, service: signinlogs",
        "ResultType: 50126",
        "azure.signin",
        {"properties": {"status": {"errorCode": 50126}}},
        YES,
    ),
    ("product: windows, service: windefend", "ThreatName: x", "windows.x", {"Threat Name": "x"}, NO),
    (PROCESS, "ParentImage|endswith: '\\w.exe'", "harfanglab.process", {"parent_image": "C:\\w.exe"}, YES),
    (PROCESS, "OriginalFileName: a.exe", "harfanglab.process", {"pe_info": {"original_filename": "A.exe"}}, YES),
    (PROCESS, "Image|endswith: '\\a.exe'", "defender.process", {"properties": {"FolderPath": "C:\\a.exe"}}, YES),
    (PROCESS, "CommandLine|contains: x", "defender.process", {"ProcessCommandLine": "a x"}, YES),
    (PROCESS, "CommandLine|contains: x", "defender.network", {"InitiatingProcessCommandLine": "a x"}, NO),
    (
        "product: windows, category: network_connection",
        "DestinationPort: 445",
        "defender.network",
        {"properties": {"RemotePort": 445}},
        YES,
    ),
    (
        PROCESS,
        "CommandLine|contains: x",
        "wazuh.archive",
        {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "CommandLine": "a x"},
        YES,
    ),
    (
        PROCESS,
        "Image|endswith: '\\a.exe'",
        "wazuh.alert",
        {"EventID": 4688, "Channel": "Security", "NewProcessName": "C:\\a.exe"},
        YES,
    ),
    (PROCESS, "Image|endswith: '\\a.exe'", "wazuh.alert", {"EventID": 4624, "Channel": "Security", "Image": "a"}, NO),
]


@pytest.mark.parametrize(("logsource", "line", "source", "native", "expected"), ALIASES)
def test_another_name(logsource: str, line: str, source: str, native: dict[str, Any], expected: bool) -> None:
    assert fires(engine_of(document(f"s:\n  {line}\ncondition: s", logsource)), native, source) is expected


KEYWORDS: list[tuple[str, dict[str, Any], bytes, bool]] = [
    ("kiwi", {"a": "xKIWIx"}, b"", YES),
    ("kiwi", {"a": "x"}, b"kiwi", YES),
    ("kiwi", {"a": "kiwi"}, b'{"a":"\\u006biwi"}', YES),
    ("kiwi", {"a": "kiwi"}, b'{"x":"<a>&#107;iwi</a>"}', YES),
    ("a/b", {"a": "a/b"}, b'{"a":"a\\/b"}', YES),
    ("a\\b", {"a": "a\\b"}, b"", YES),
    ('a"b', {"a": 'a"b'}, b"", YES),
    ('a"b', {"a": 'a"b'}, b'{"m":"{\\"a\\":\\"a\\\\\\"b\\"}"}', YES),
    ("a\\b", {"a": "a\\b"}, b'{"m":"{\\"a\\":\\"a\\\\\\\\b\\"}"}', YES),
    ("été", {"a": "ÉTÉ"}, b"", YES),
    ("k", {"a": "\u212a"}, b"", YES),  # the Kelvin sign is k in lower case
    ("kiwi", {"a": "ki", "b": "wi"}, b"{}", NO),
    ("a\0b", {"a": "xa\0b"}, b"", YES),
    ("a\0b", {"a": "xa"}, b"", NO),
]


@pytest.mark.parametrize(("word", "native", "raw", "expected"), KEYWORDS)
def test_a_keyword(word: str, native: dict[str, Any], raw: bytes, expected: bool) -> None:
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\0")
    engine = engine_of(document(f's: ["{quoted}", "never there"]\ncondition: s'))
    assert fires(engine, native, raw=raw) is expected


def test_a_nul_in_a_field() -> None:
    many = ", ".join(f'"word{number}"' for number in range(30))
    engine = engine_of(document(f's: {{f|contains: [{many}, "a\\0b"]}}\ncondition: s'))
    assert fires(engine, {"f": "xa\0bx"})
    assert fires(engine, {"f": "\0word7"})
    assert not fires(engine, {"f": "xa\0cx"})


REGEX_TEXTS = ["abc", "a\x1cc", "a\u00e9c", "A C", "abbb", "", "\n", "x" * 200]


@pytest.mark.parametrize("pattern", [r"a\sc", r"a.c", r"^a[b]{,3}$", r"(?i)A\wC", r"a(?=b)", r"(?P<n>a)b", r"^$"])
def test_a_regex_says_the_same_with_and_without_its_database(pattern: str) -> None:
    text = document(f"s: {{f|re: '{pattern}'}}\ncondition: s")
    fresh = [fires(engine_of(text), {"f": value}) for value in REGEX_TEXTS]
    warm = engine_of(text)
    for number in range(60):
        fires(warm, {"f": f"{number} {'y' * 2000}"})
    assert [fires(warm, {"f": value}) for value in REGEX_TEXTS] == fresh


DETECTIONS = [
    "s: {Image|endswith: '\\a.exe', CommandLine|contains: [b, c]}\ncondition: s",
    "s: {CommandLine|re: 'x\\d'}\nn: {User: null}\ncondition: s and not n",
    "s: {f.g: 1}\ncondition: s",
    "s: ['word']\ncondition: s",
    "s: {User|fieldref: CommandLine}\ncondition: s",
    "s: {Image: '*'}\ncondition: not s",
]
VALUES = st.one_of(st.sampled_from(["C:\\a.exe", "b x1", "word", "C", "x2c", ""]), st.integers(0, 3), st.none())
NATIVES = st.fixed_dictionaries(
    {"EventID": st.sampled_from([1, "1", 3, None])},
    optional={
        "Image": VALUES,
        "CommandLine": VALUES,
        "User": VALUES,
        "f": st.one_of(VALUES, st.fixed_dictionaries({"g": st.one_of(VALUES, st.lists(VALUES, max_size=2))})),
        "image": VALUES,
    },
)


def _texts() -> list[str]:
    return [
        document(text, logsource, f"r{number}-{len(logsource)}")
        for number, text in enumerate(DETECTIONS)
        for logsource in (PROCESS, "product: windows")
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(NATIVES, min_size=1, max_size=12), st.integers(1, 5))
def test_batches_and_caches_change_nothing(natives: list[dict[str, Any]], size: int) -> None:
    events = [event(native) for native in natives]
    alone = [(index, rule) for index, one in enumerate(events) for _, rule in engine_of(*_texts()).match([one])]
    engine = engine_of(*_texts())
    assert engine.match(events) == alone
    assert engine.match(events) == alone
    batched = [
        (start + index, rule)
        for start in range(0, len(events), size)
        for index, rule in engine.match(events[start : start + size])
    ]
    assert batched == alone


def test_full_caches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    events = [
        event(
            {"EventID": number % 7, "Image": f"{number % 5}\\a.exe", "CommandLine": f"b x{number} {number % 3 * 'c'}"}
        )
        for number in range(300)
    ]
    expected = engine_of(*_texts()).match(events)
    for module, name in ((matcher, "_MAX_VALUES"), (plan, "MAX_SHAPES"), (plan, "MAX_VERDICTS")):
        monkeypatch.setattr(module, name, 2)
    for name in ("MAX_ROUTES", "MAX_PLANS", "MAX_CLASSES", "_BATCH"):
        monkeypatch.setattr(engine_module, name, 2)
    assert expected
    assert engine_of(*_texts()).match(events) == expected


def test_memory_of_values_is_bounded() -> None:
    engine = engine_of(document("s: {f|contains: [a, b]}\ncondition: s"))
    engine.match([event({"f": f"{number}" * 20}) for number in range(40_000)])
    bucket = next(iter(engine._buckets.values()))
    assert len(bucket.matcher("f").cache) <= matcher._MAX_VALUES + 1


def _in_child(engine: Engine, events: list[Event], answer: Any) -> None:
    answer.send(engine.match(events))


def test_an_engine_works_after_a_fork() -> None:
    engine = engine_of(*_texts())
    events = [event({"EventID": 1, "Image": "\\a.exe", "CommandLine": "b"})]
    expected = engine.match(events)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=_in_child, args=(engine, events, there))
    child.start()
    assert here.poll(30)
    assert here.recv() == expected
    child.join(30)


def test_the_cached_form() -> None:
    compiled = compile_rules(parse(text) for text in _texts())
    data = dump(compiled, "key")
    assert load(data, "key") == compiled
    assert load(data, "other key") is None
    assert load(data[:-1], "key") is None
    assert load(b"", "key") is None
    assert load(b"\x93\x01\xa0\x80", "key") is None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_cache(data: bytes) -> None:
    load(data, "")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abF.g Image", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
ALL_OPS = """
s:
  a|contains: [x, y]
  b|re: '^a.c$'
  a.b|cidr: 10.0.0.0/8
  F|gt: 3
  g|hour: 3
  Image|exists: true
k: ['word', 'w*d']
r: {a|fieldref: b}
condition: not s or k or r
"""


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text("abF.g ", max_size=4), JSON, max_size=5), st.binary(max_size=30), st.text(max_size=12))
def test_no_event_makes_it_raise(native: dict[str, Any], raw: bytes, source: str) -> None:
    engine = engine_of(document(ALL_OPS), document(ALL_OPS, "category: dns", "dns"))
    for place in (source, "windows.sysmon", "zeek.dns", "linux.auditd"):
        engine.match([event(native, place, raw=raw or b"x")])
