import pytest

from scenarios.source import ScenarioError, near, parse, read, scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("08:00", "08:00"),
        ("14:00", "14:00"),
        ("on", "on"),
        ("no", "no"),
        ("true", True),
        ("~", None),
        ("12", 12),
        ("-3", -3),
        ("1.6", 1.6),
        ("1e3", 1000.0),
        ("007", "007"),
        ("2.0.1", "2.0.1"),
        ("1e999", "1e999"),
    ],
)
def test_plain_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_quoted_scalars_stay_text() -> None:
    assert parse("a: '12'\nb: \"true\"").data == {"a": "12", "b": "true"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2", "f.yaml:2:1: 'a' is given twice (first on line 1)"),
        ("a: [1, 2", "f.yaml:1:9: not valid YAML"),
        ("a:\n\t- b", "f.yaml:2:1: not valid YAML"),
        ("", "f.yaml:1:1: empty"),
        ("[1]: x", "f.yaml:1:1: a key must be plain text"),
        ("a: &x [*x]", "nested too deeply"),
        ("[" * 60 + "]" * 60, "nested too deeply"),
    ],
)
def test_broken_yaml_is_one_line_with_a_place(text: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "f.yaml")
    assert str(caught.value).startswith(says) or says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    with pytest.raises(ScenarioError, match="more than"):
        parse("\n".join(lines))


def test_files_that_cannot_be_read(tmp_path) -> None:
    with pytest.raises(ScenarioError, match="no such file"):
        read(tmp_path / "none.yaml")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: 1\nb: \xe9t\xe9")
    with pytest.raises(ScenarioError, match=r"latin.yaml:2:1: not UTF-8"):
        read(latin)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (1 << 20) + b"#")
    with pytest.raises(ScenarioError, match="too large"):
        read(large)


def test_near_suggests_or_lists() -> None:
    assert near("statin", ["station", "csms"]) == "; did you mean 'station'?"
    assert near("zzz", ["a", "b"]) == "; one of: a, b"
    assert near("zzz", [], what="tokens") == "; there are no tokens"
