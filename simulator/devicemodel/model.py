"""The variables that a kind of station has: one immutable object for all of its stations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from simulator.devicemodel.variable import Variable, component_key, written
from simulator.hardware.place import STATION, Place


class Model(Mapping[str, Variable]):
    """Variables by key. Names are compared without case (identifierString, part 2 §2.16 and §2.53), keys are not.

    ``defaults``: what each is worth as it left the factory, which is asked for at every step.
    """

    __slots__ = ("_components", "_spelling", "_variables", "defaults")

    def __init__(self, variables: Iterable[Variable]) -> None:
        self._variables: dict[str, Variable] = {}
        self._spelling: dict[str, Variable] = {}
        components: dict[str, list[Variable]] = {}
        for variable in variables:
            if variable.key.lower() in self._spelling:
                raise ValueError(f"two variables {variable.key}")
            self._variables[variable.key] = self._spelling[variable.key.lower()] = variable
            components.setdefault(variable.component_key.lower(), []).append(variable)
        self._components = {key: tuple(found) for key, found in components.items()}
        self.defaults: Mapping[str, str] = {key: variable.default for key, variable in self._variables.items()}

    def __getitem__(self, key: str) -> Variable:
        return self._variables[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)

    def __contains__(self, key: object) -> bool:
        return key in self._variables

    def find(
        self, component: str, variable: str, instance: str = "", *, component_instance: str = "", place: Place = STATION
    ) -> Variable | None:
        """A variable by its names, whatever their case; None if there is none."""
        name = f"{variable}.{instance}" if instance else variable
        return self._spelling.get(f"{component_key(component, component_instance, place)}.{name}".lower())

    def component(self, component: str, instance: str = "", place: Place = STATION) -> tuple[Variable, ...]:
        """The variables of one component; none if there is no such component."""
        return self._components.get(component_key(component, instance, place).lower(), ())

    def components(self) -> Iterator[tuple[Variable, ...]]:
        """The variables of each component, component by component."""
        return iter(self._components.values())

    def has_component(self, component: str, instance: str = "", place: Place = STATION) -> bool:
        """Whether any variable belongs to that component."""
        return bool(self.component(component, instance, place))

    def spelt(self, key: str) -> str:
        """The key in its right spelling; one that is not known stays as it is."""
        found = self._spelling.get(key.lower())
        return key if found is None else found.key

    def checked(self, values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Settings as OCPP writes them, by key. Raises ValueError naming the variable that is wrong or unknown."""
        for key, value in values.items():
            if (variable := self._variables.get(key)) is None:
                raise ValueError(f"{key} is not a variable of this station")
            text = written(value)
            if why := variable.objection(text):
                raise ValueError(f"{key}: {text!r} is {why}")
            yield key, text

    def with_defaults(self, values: Mapping[str, object]) -> Model:
        """The same model with other factory settings. Raises ValueError naming the variable that is wrong."""
        changed = dict(self._variables)
        for key, text in self.checked(values):
            changed[key] = replace(changed[key], default=text)
        return Model(changed.values())
