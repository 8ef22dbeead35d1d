"""YAML text as nodes that know their place: read by libyaml where it is there, told of errors by PyYAML.

libyaml is ten times as fast. Its errors are terser, and its own composer recurses in C, so that a text of brackets ends
the process; here it only finds the tokens, and Python builds the nodes.
"""

from __future__ import annotations

import yaml
from yaml.composer import Composer

try:
    from yaml import CSafeLoader
except ImportError:  # a PyYAML that was built without libyaml
    LOADER: type[yaml.SafeLoader | CSafeLoader] = yaml.SafeLoader
else:

    class _Composed(Composer, CSafeLoader):
        """Composer comes first: libyaml's parser has methods of the same names."""

        def __init__(self, stream: str) -> None:
            CSafeLoader.__init__(self, stream)
            Composer.__init__(self)

    LOADER = _Composed


def compose(text: str) -> yaml.Node | None:
    """The root of the one document in the text; None where it is empty.

    Raises yaml.YAMLError for what is no YAML, and RecursionError for what is nested too deeply. An empty value's place
    is behind the space that follows its key, or before it.
    """
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    except (yaml.YAMLError, UnicodeEncodeError):
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    return node
