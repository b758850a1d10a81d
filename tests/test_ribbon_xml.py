"""The ribbon's XML. Excel tells of what is wrong in it only when told to show such errors, so this looks beforehand.

openxml-audit finds wrong nesting and overlong texts, but no unknown attribute, doubled id or missing callback.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import openxml_audit
import pytest
from defusedxml.ElementTree import fromstring
from pyopenvba import ExcelFile
from vba_harness import built_addin

from kttt_xl import addin_file

NAMESPACE = "http://schemas.microsoft.com/office/2009/07/customui"
LINK = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
SCHEMA = "data/openxml/schemas/schemas_microsoft_com_office_2009_07_customui.json"
SIGNATURES = {"onAction": "control As IRibbonControl", "onLoad": "ribbon As IRibbonUI"}  # what Excel calls them with
NEEDED = {"button": {"onAction", "label", "keytip", "screentip", "supertip", "imageMso", "size"}}


@dataclass(frozen=True)
class Place:
    """An element, and what the schema allows where it stands: attributes with their rules, None for nothing."""

    element: ET.Element
    attributes: dict[str, dict[str, str]] | None

    @property
    def kind(self) -> str:
        return self.element.tag.rpartition("}")[2]

    @property
    def name(self) -> str:
        return self.element.get("id", self.kind)


def places(root: ET.Element) -> Iterator[Place]:
    """Give every element with what the Open XML SDK's schema says of it."""
    data = (Path(openxml_audit.__file__).parent / SCHEMA).read_text(encoding="utf-8")
    kinds = {kind["Name"]: kind for kind in json.loads(data)["Types"]}

    def walk(element: ET.Element, name: str) -> Iterator[Place]:
        kind = kinds.get(name)
        yield Place(element, None if kind is None else dict(rules(kind)))
        inner = {child["Name"].rpartition(":")[2]: child["Name"] for child in (kind or {}).get("Children", ())}
        for child in element:
            yield from walk(child, inner.get(child.tag.rpartition("}")[2], ""))

    yield from walk(root, "mso14:CT_CustomUI/mso14:customUI")


def rules(kind: dict) -> Iterator[tuple[str, dict[str, str]]]:
    for attribute in kind.get("Attributes", ()):
        known: dict[str, str] = {}
        for validator in attribute.get("Validators", ()):
            known |= {rule["Name"]: rule["Value"] for rule in validator.get("Arguments", ())}
        yield attribute["QName"].lstrip(":"), known


def wrong_link(links: str) -> Iterator[str]:
    found = re.findall(r'Type="([^"]*ui/extensibility)" Target="([^"]+)"', links)
    if found != [(LINK, addin_file.RIBBON)]:
        yield f"relationship {found}"


def wrong_attributes(place: Place) -> Iterator[str]:
    for attribute, value in place.element.attrib.items():
        allowed = (place.attributes or {}).get(attribute)
        if allowed is None:
            yield f"{place.name}: no attribute {attribute}"
            continue
        if not int(allowed.get("MinLength", 0)) <= len(value) <= int(allowed.get("MaxLength", 4096)):
            yield f"{place.name}: length of {attribute}"
        if allowed.get("IsNcName") == "True" and not re.fullmatch(r"[A-Za-z_][\w.-]*", value, re.ASCII):
            yield f"{place.name}: {attribute} is no name"
        if attribute.startswith("get") or attribute == "loadImage":
            yield f"{place.name}: callback {attribute} of unknown signature"


def wrong_together(place: Place) -> Iterator[str]:
    here = place.element.keys()
    if "id" in (place.attributes or {}) and len({"id", "idMso", "idQ"} & set(here)) != 1:
        yield f"{place.name}: needs one of id, idMso, idQ"
    if missing := NEEDED.get(place.kind, set()) - set(here):
        yield f"{place.name}: no {', '.join(sorted(missing))}"
    for plain in here:
        if (dynamic := f"get{plain[0].upper()}{plain[1:].removesuffix('Mso')}") in here:
            yield f"{place.name}: both {plain} and {dynamic}"


def wrong_callbacks(place: Place, code: str) -> Iterator[str]:
    for attribute, signature in SIGNATURES.items():
        called = place.element.get(attribute)
        if called and not re.search(rf"^Public Sub {called}\({signature}\)\s*$", code, re.MULTILINE):
            yield f"{place.name}: no Public Sub {called}({signature})"


def wrong_repeats(all_places: list[Place]) -> Iterator[str]:
    for attribute in ("id", "keytip"):
        used: set[str] = set()
        for place in all_places:
            value = place.element.get(attribute)
            if value in used:
                yield f"{place.name}: {attribute} {value} again"
            used |= {value} - {None}


def check_ribbon(ribbon: bytes, links: str, code: str) -> list[str]:
    """Return what is wrong with a ribbon, the package's relationships, and its callbacks in the VBA code."""
    root = fromstring(ribbon)
    found = [*wrong_link(links), *([] if root.tag == f"{{{NAMESPACE}}}customUI" else [f"root {root.tag}"])]
    all_places = list(places(root))
    for place in all_places:
        if place.attributes is None:
            found.append(f"{place.name}: may not stand here")
        else:
            found += [*wrong_attributes(place), *wrong_together(place), *wrong_callbacks(place, code)]
    return [*found, *wrong_repeats(all_places)]


@pytest.fixture(scope="module")
def links() -> str:
    return addin_file._unpack(built_addin())["_rels/.rels"].decode("utf-8")


@pytest.fixture(scope="module")
def ribbon() -> str:
    return addin_file._unpack(built_addin())[addin_file.RIBBON].decode("utf-8")


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("ribbon") / "kttt.xlam"
    file.write_bytes(built_addin())
    with ExcelFile(file) as addin:
        return "\n".join(addin.vba_modules().values())


def test_the_ribbon_is_sound(ribbon: str, links: str, code: str) -> None:
    assert check_ribbon(ribbon.encode(), links, code) == []


def test_the_ribbon_shows_these_buttons_and_no_other(ribbon: str) -> None:
    root = fromstring(ribbon.encode())
    assert [each.get("label") for each in root.iter(f"{{{NAMESPACE}}}tab")] == ["KTTT"]
    assert [(each.get("id"), each.get("label")) for each in root.iter(f"{{{NAMESPACE}}}button")] == [
        ("ktttLapKeHoach", "Lập kế hoạch"),
        ("ktttPhatHanh", "Phát hành biểu mẫu"),
        ("ktttKiemTra", "Kiểm tra"),
        ("ktttTongHop", "Tổng hợp"),
        ("ktttCapNhatTienDo", "Cập nhật tiến độ"),
        ("ktttTroGiup", "Trợ giúp"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ('id="ktttKiemTra"', 'id="ktttTongHop"', ["ktttTongHop: id ktttTongHop again"]),
        ('id="ktttKiemTra"', 'id="kiểm tra"', ["kiểm tra: id is no name"]),
        ('id="ktttKiemTra"', "", ["button: needs one of id, idMso, idQ"]),
        ('id="ktttKiemTra"', 'id="ktttKiemTra" idMso="Help"', ["ktttKiemTra: needs one of id, idMso, idQ"]),
        ('keytip="KT"', 'keytip="TH"', ["ktttTongHop: keytip TH again"]),
        ('keytip="KT"', 'keytip="KTRA"', ["ktttKiemTra: length of keytip"]),
        ('label="Kiểm tra"', "", ["ktttKiemTra: no label"]),
        ('label="Kiểm tra"', f'label="{"x" * 1025}"', ["ktttKiemTra: length of label"]),
        ('label="Kiểm tra"', 'label="Kiểm tra" colour="red"', ["ktttKiemTra: no attribute colour"]),
        (
            'label="Kiểm tra"',
            'label="Kiểm tra" getLabel="X"',
            ["ktttKiemTra: callback getLabel of unknown signature", "ktttKiemTra: both label and getLabel"],
        ),
        ("<tabs>", '<group id="x" label="x"/><tabs>', ["x: may not stand here"]),
        ('onLoad="KtttOnLoad"', 'onLoad="KtttClick"', ["customUI: no Public Sub KtttClick(ribbon As IRibbonUI)"]),
        (
            'onAction="KtttClick" tag',
            'onAction="KtttGone" tag',
            ["ktttKiemTra: no Public Sub KtttGone(control As IRibbonControl)"],
        ),
    ],
)
def test_what_is_wrong_is_found(ribbon: str, links: str, code: str, old: str, new: str, found: list[str]) -> None:
    assert old in ribbon
    assert check_ribbon(ribbon.replace(old, new, 1).encode(), links, code) == found


def test_the_wrong_namespace_or_relationship_is_found(ribbon: str, links: str, code: str) -> None:
    old_ribbon = ribbon.replace("office/2009/07/customui", "office/2006/01/customui").encode()
    assert check_ribbon(old_ribbon, links, code)[0] == (
        "root {http://schemas.microsoft.com/office/2006/01/customui}customUI"
    )
    old_links = links.replace("office/2007/relationships/ui", "office/2006/relationships/ui")
    assert check_ribbon(ribbon.encode(), old_links, code) == [
        f"relationship [('{LINK.replace('2007', '2006')}', 'customUI/customUI14.xml')]"
    ]
