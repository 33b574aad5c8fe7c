"""One Windows event in Windows' own structure, `System` and `EventData` or `UserData`, made flat.

Enters: that structure as JSON, with attributes as the `evtx` library, OpenWEC or XML converters write them. Leaves:
flat native fields: `System` by its elements and `<Element>_<Attribute>`, the data under its own names.
Source: https://learn.microsoft.com/windows/win32/wes/eventschema-schema
"""

from __future__ import annotations

from functools import lru_cache

from tocsin.model import Native


def event(record: Native) -> Native:
    """Flatten `{"System": …, "EventData" | "UserData": …}` as `evtx`, `evtx_dump` and OpenWEC write it."""
    native = _system(record["System"])
    data = record.get("EventData")
    if type(data) is dict:
        _add_data(native, data)
    for part, value in record.items():
        if part not in _FRAME and value is not None:
            _add_part(native, part, value)
    return native


_FRAME = frozenset(
    {"System", "EventData", "#attributes", "@xmlns", "xmlns", "Event_attributes", "EventData_attributes"}
)
_DATA_PARTS = frozenset({"UserData", "ProcessingErrorData", "DebugData", "BinaryEventData"})


def _add_part(native: Native, part: str, value: object) -> None:
    if part in _DATA_PARTS and isinstance(value, dict):
        _add_data(native, _only_child(native, value))
    elif part == "RenderingInfo" and isinstance(value, dict):
        native[part] = value
        if "Message" in value:
            native.setdefault("Message", value["Message"])
    else:
        native.setdefault(part, value)


def _system(native: Native) -> Native:
    """Flatten the `System` part in place: attributes as `<Element>_<Attribute>`, `TimeCreated` as its text."""
    for name in [name for name, value in native.items() if type(value) is dict or value is None]:
        value = native.pop(name)
        if value is None:
            continue
        if "#text" in value:
            native[name] = value["#text"]
        known = _ATTRIBUTES.get(name) or {}
        for attribute, inner in value.get("#attributes", value).items():
            if attribute in known:
                native[known[attribute]] = inner
            elif attribute not in {"#text", "#attributes"}:
                native[f"{name.removesuffix('_attributes')}_{attribute.lstrip('@')}"] = inner
    if "Provider_Guid" in native:
        native["Provider_Guid"] = _braced_again(native["Provider_Guid"])
    if "Correlation_ActivityID" in native:
        native["Correlation_ActivityID"] = _braced(native["Correlation_ActivityID"])
    return native


_ATTRIBUTES = {
    name: {attribute: f"{name}_{attribute}" for attribute in attributes.split()}
    for name, attributes in {
        "Provider": "Name Guid EventSourceName",
        "Execution": "ProcessID ThreadID ProcessorID KernelTime UserTime",
        "Security": "UserID",
        "Correlation": "ActivityID RelatedActivityID",
        "EventID": "Qualifiers",
    }.items()
}
_ATTRIBUTES["TimeCreated"] = {"SystemTime": "TimeCreated", "@SystemTime": "TimeCreated"}
_ATTRIBUTES["TimeCreated_attributes"] = _ATTRIBUTES["TimeCreated"]


def _braced(value: object) -> object:
    """Write a GUID in the braces that Windows shows it with, which the `evtx` library leaves out."""
    if isinstance(value, str) and len(value) == 36 and value[8] == value[23] == "-" and value.isupper():
        return f"{{{value}}}"
    return value


@lru_cache(maxsize=4096)
def _braced_again(value: object) -> object:
    """Do the same for what repeats in every event."""
    return _braced(value)


def _only_child(native: Native, user_data: Native) -> Native:
    """Give what stands in the one element of `UserData`; its name is kept."""
    children = [name for name in user_data if not name.startswith("#")]
    child = user_data[children[0]] if len(children) == 1 else None
    if not isinstance(child, dict):
        return user_data
    native["UserData_Name"] = children[0]
    return child


def _add_data(native: Native, data: Native) -> None:
    """Put the named data at top level; unnamed `Data` stays a list, as Sigma rules expect it."""
    fields = {
        name: value if type(value) is not str or len(value) != 36 else _braced(value) for name, value in data.items()
    }
    if not _ODD_NAMES.isdisjoint(fields):
        fields = plain_data(fields)
    if native.keys().isdisjoint(fields):
        native.update(fields)
    else:
        lift(native, fields)


_ODD_NAMES = frozenset({"#attributes", "#text", "Data"})


def plain_data(data: Native) -> Native:
    """Take the XML wrappings off: attributes, `#text`, and lists of `{"@Name": …, "#text": …}`."""
    attributes, unnamed = data.pop("#attributes", None), data.pop("Data", None)
    fields = {name: value for name, value in data.items() if not name.startswith("@xmlns")}
    if isinstance(attributes, dict):
        fields.update({f"EventData_{key}": value for key, value in attributes.items() if not key.startswith("xmlns")})
    items = unnamed if isinstance(unnamed, list) else [unnamed]
    texts = [value for item in items for value in _texts_of(item, fields)]
    if texts:
        fields["Data"] = texts if len(texts) > 1 else texts[0]
    return fields


def _texts_of(item: object, fields: Native) -> list[object]:
    """Give the unnamed texts of one `Data`; a named one goes to the fields."""
    if not isinstance(item, dict):
        return [] if item is None else [item]
    name = item.get("@Name", item.get("Name"))
    text = item.get("#text", item.get("Value", item.get("content")))
    if isinstance(name, str):
        fields[name] = text
        return []
    return text if isinstance(text, list) else [item if text is None else text]


def lift(native: Native, fields: Native) -> None:
    """Put an event's data at top level; where a name is taken, the value stays under `EventData.<name>`."""
    for name, value in fields.items():
        if name not in native:
            native[name] = value
        elif native[name] != value:
            native[f"EventData.{name}"] = value
