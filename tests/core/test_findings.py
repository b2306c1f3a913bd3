"""Findings keep what they say through storage."""

import pytest

from zbsync.core.findings import Finding, Severity, errors


@pytest.mark.parametrize(
    "finding",
    [
        Finding("gate.score_low", "score", params={"score": 57, "needs": 60}),
        Finding("mapping.cut", "name", Severity.WARNING, {"length": 120, "max": 100}),
        Finding("match.ambiguous"),
    ],
)
def test_it_reads_back_what_it_stored(finding: Finding) -> None:
    assert Finding.from_json(finding.as_json()) == finding


def test_it_reads_what_an_older_version_stored() -> None:
    assert Finding.from_json({"code": "gate.deleted"}) == Finding("gate.deleted", "", Severity.ERROR, {})


def test_it_refuses_a_stored_finding_without_a_code() -> None:
    with pytest.raises(KeyError, match="code"):
        Finding.from_json({"field": "name"})


def test_two_findings_do_not_share_their_params() -> None:
    assert Finding("a.b").params is not Finding("a.b").params


def test_only_errors_stop_a_row() -> None:
    stops = Finding("a.error")
    assert errors([Finding("a.warning", severity=Severity.WARNING), stops, Finding("a.info", "", Severity.INFO)]) == [
        stops
    ]
