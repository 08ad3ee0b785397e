"""Form for the settings of a method."""

from typing import Any

from magicgui.widgets import CheckBox, ComboBox, Container, LineEdit

from napari_vcore.choices import SettingChoice, setting_choices

AUTO = "auto"
YES_NO = {"yes": "true", "no": "false"}


class SettingsForm(Container[Any]):
    """Form with one field per setting; empty or "auto" leaves the choice to the method."""

    def __init__(self, method: str) -> None:
        self._choices = setting_choices(method)
        super().__init__(widgets=[_field(c) for c in self._choices], labels=True)

    def texts(self) -> dict[str, str]:
        """Return the changed settings as text for the settings parser."""
        found = {}
        for choice in self._choices:
            value = self[choice.name].value
            text = str(value).lower() if isinstance(value, bool) else str(value).strip()
            if text != _text(choice.default) and text:
                found[choice.name] = YES_NO.get(text, text)
        return found

    def fill(self, texts: dict[str, str]) -> None:
        """Fill the fields from values returned by ``texts``."""
        back = {v: k for k, v in YES_NO.items()}
        for choice in self._choices:
            if choice.name in texts:
                field, text = self[choice.name], texts[choice.name]
                if isinstance(field, CheckBox):
                    field.value = text == "true"
                else:
                    field.value = back.get(text, text) if isinstance(field, ComboBox) else text


def _text(value: Any) -> str:
    if value is None:
        return AUTO
    return str(value).lower() if isinstance(value, bool) else str(value)


def _field(choice: SettingChoice) -> Any:
    common = {
        "name": choice.name,
        "label": choice.name.replace("_", " "),
        "tooltip": choice.help,
    }
    if choice.choices:
        shown = [_text(c) for c in choice.choices]
        return ComboBox(choices=shown, value=_text(choice.default), **common)
    if choice.kind is bool and choice.automatic:
        return ComboBox(choices=[AUTO, *YES_NO], value=AUTO, **common)
    if choice.kind is bool:
        return CheckBox(value=bool(choice.default), **common)
    return LineEdit(value=_text(choice.default), **common)
