"""What a person says of a file's columns."""

from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.forms.boundfield import BoundField

from datasources.connectors.files.dates import DateOrder
from datasources.connectors.files.exports import EXPORTS
from datasources.connectors.files.fields import FIELDS, guess, missing
from datasources.connectors.files.reading import Reading
from datasources.connectors.files.shapes import Shape
from datasources.connectors.files.text import Stored
from putler.kernel.money import CURRENCIES

_SHAPES = [
    (Shape.ITEMS, "One product of an order a row"),
    (Shape.MOVEMENTS, "One payment, refund or other movement a row"),
    *((shape, export.label) for shape, export in EXPORTS.items()),
]
_DECIMALS = [("", "Choose…"), (".", "1,234.56"), (",", "1.234,56")]
_DATES = [
    ("", "Choose…"),
    (DateOrder.ISO, "2026-12-31 or 31 Dec 2026"),
    (DateOrder.DAY_FIRST, "31/12/2026, the day first"),
    (DateOrder.MONTH_FIRST, "12/31/2026, the month first"),
]
_MOST_CODES = 20


class ReadingForm(forms.Form):
    """One choice for each field of the file's shape, and for what no cell says."""

    shape = forms.ChoiceField(choices=_SHAPES, label="The file is")
    decimal = forms.ChoiceField(choices=_DECIMALS, label="Numbers look like")
    dates = forms.ChoiceField(choices=_DATES, label="Dates look like")
    currency = forms.ChoiceField(choices=[(code, code) for code in sorted(CURRENCIES)])
    zone = forms.ChoiceField(choices=[(zone, zone) for zone in sorted(available_timezones())], label="Time zone")
    source = forms.CharField(max_length=200, label="Name of the source")
    shipping = forms.CharField(max_length=200, required=False, label="Codes that are postage")
    refunds = forms.CharField(max_length=10, required=False, label="Refunds are numbered")
    adjustments = forms.CharField(max_length=10, required=False, label="Adjustments are numbered")

    def __init__(self, data: Any = None, *, how: Stored, reading: Reading) -> None:
        self.how, self.reading = how, reading
        super().__init__(data, initial=self._initial())
        self.of_shape = self._shape()
        places = [("", "–"), *((str(place), name) for place, name in enumerate(how.header))]
        for field in FIELDS[self.of_shape]:
            self.fields[_name(field.slug)] = forms.ChoiceField(choices=places, required=False, label=field.label)
        if self.of_shape is not Shape.ITEMS:
            for name in ("shipping", "refunds", "adjustments"):
                del self.fields[name]
        if data is not None:
            self.data = self._completed(data)

    @property
    def columns(self) -> list[BoundField]:
        """The choices of columns."""
        return [self[_name(field.slug)] for field in FIELDS[self.of_shape]]

    @property
    def others(self) -> list[BoundField]:
        """All else that is asked, but the shape."""
        mapped = {_name(field.slug) for field in FIELDS[self.of_shape]}
        return [self[name] for name in self.fields if name not in mapped and name != "shape"]

    def clean(self) -> dict[str, Any]:
        columns = self._chosen()
        if lacking := missing(self.of_shape, columns):
            raise forms.ValidationError(f"Still needed: {', '.join(lacking)}.")
        return self.cleaned_data

    def wished(self) -> Reading:
        """How the file is to be read, as far as it was said well; the rest as it was."""
        if not self.is_bound:
            return self.reading
        said = {name: value for name, value in self.cleaned_data.items() if name in _PLAIN and name in self.fields}
        if "shipping" in said:
            codes = str(said["shipping"]).replace(";", ",").split(",")
            said["shipping"] = tuple(code.strip() for code in codes if code.strip())[:_MOST_CODES]
        said["dates"] = DateOrder(said["dates"]) if said.get("dates") else None
        said["decimal"] = said.get("decimal") or None
        return replace(self.reading, shape=self.of_shape, columns=self._chosen(), **said)

    def _initial(self) -> dict[str, Any]:
        reading = self.reading
        plain = {name: getattr(reading, name) for name in _PLAIN} | {"shipping": ", ".join(reading.shipping)}
        return plain | {_name(slug): str(place) for slug, place in reading.columns.items()} | {"shape": reading.shape}

    def _shape(self) -> Shape:
        said = self.data.get("shape") if self.is_bound else self.reading.shape
        return Shape(said) if said in set(Shape) else self.reading.shape

    def _completed(self, data: Any) -> dict[str, str]:
        """What was sent, and where the shape is another now, what the header tells of its columns."""
        sent = {name: data.get(name, "") for name in data}
        guessed = guess(self.how.header, self.of_shape)[1]
        fresh = {_name(slug): str(place) for slug, place in guessed.items()} if sent.get("was") != self.of_shape else {}
        return self._strings() | fresh | sent

    def _strings(self) -> dict[str, str]:
        return {name: str(value or "") for name, value in self._initial().items() if not name.startswith("column_")}

    def _chosen(self) -> dict[str, int]:
        slugs = [field.slug for field in FIELDS[self.of_shape]]
        return {slug: int(place) for slug in slugs if (place := self.cleaned_data.get(_name(slug)))}


_PLAIN = ("decimal", "dates", "currency", "zone", "source", "shipping", "refunds", "adjustments")


def _name(slug: str) -> str:
    return f"column_{slug}"
