"""The add-in's manifest, by the rules of Microsoft's reference (learn.microsoft.com/javascript/api/manifest).

It was not loaded into a real Excel.
"""

import itertools
import re
import struct
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
from defusedxml import ElementTree

from kttt_xl import resources

FOLDER = resources.folder("server")
APP = "{http://schemas.microsoft.com/office/appforoffice/1.1}"
OVERRIDES = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
BASIC = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
BASE = "https://kttt.tinh.gov.vn"
# Children in the order that the schema asks for.
ORDER = {
    "OfficeApp": "Id Version ProviderName DefaultLocale DisplayName Description IconUrl HighResolutionIconUrl "
    "SupportUrl AppDomains Hosts Requirements DefaultSettings Permissions VersionOverrides",
    "VersionOverrides": "Hosts Resources WebApplicationInfo",
    "CustomTab": "Group Label",
    "Group": "Label Icon Control",
    "Control": "Label Supertip Icon Action",
    "Supertip": "Title Description",
    "Resources": "Images Urls ShortStrings LongStrings",
}


def rendered(**changes: Any) -> Any:
    loader = jinja2.FileSystemLoader(FOLDER / "templates")
    page = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    settings: dict[str, Any] = {"project_name": "KTTT", "functions_namespace": "", "auth_providers": []}
    text = page.get_template("manifest.xml").render(
        settings=SimpleNamespace(**(settings | changes)),
        base_url=BASE,
        base_url_with_app_path=f"{BASE}/app",
        manifest_id="c74d107f-0eaa-4f5a-b7c2-e2d56d9bcaec",
    )
    return ElementTree.fromstring(text)


@pytest.fixture(scope="module")
def manifest() -> Any:
    return rendered()


def local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def strings(manifest: Any, kind: str) -> dict[str, str]:
    found = manifest.iter(f"{OVERRIDES}Resources")
    block = next(child for child in next(iter(found)) if local(child) == kind)
    return {entry.get("id"): entry.get("DefaultValue") for entry in block}


def test_it_is_vietnamese_for_workbooks_with_a_shared_runtime(manifest: Any) -> None:
    assert manifest.get(TYPE) == "TaskPaneApp"
    assert manifest.findtext(f"{APP}DefaultLocale") == "vi-VN"
    assert [host.get("Name") for host in manifest.iter(f"{APP}Host")] == ["Workbook"]
    assert [entry.attrib for entry in manifest.iter(f"{APP}Set")] == [{"Name": "SharedRuntime", "MinVersion": "1.1"}]
    (runtime,) = manifest.iter(f"{OVERRIDES}Runtime")
    assert runtime.attrib == {"resid": "Taskpane.Url", "lifetime": "long"}
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", manifest.findtext(f"{APP}Version"))


@pytest.mark.parametrize("changes", [{}, {"functions_namespace": "kttt", "auth_providers": ["entraid"],
                                          "auth_entraid_client_id": "0b2c"}])  # fmt: skip
def test_elements_stand_in_the_schemas_order(changes: dict[str, Any]) -> None:
    for element in rendered(**changes).iter():
        order = ORDER.get(local(element), "").split()
        if order:
            places = [order.index(local(child)) for child in element]
            assert places == sorted(places), local(element)


def test_resources_are_there_once_and_used(manifest: Any) -> None:
    named = [key for kind in ("Images", "Urls", "ShortStrings", "LongStrings") for key in strings(manifest, kind)]
    used = {element.get("resid") for element in manifest.iter() if element.get("resid")}
    assert len(named) == len(set(named))
    assert set(named) == used
    assert max(map(len, named)) <= 32


def test_texts_fit(manifest: Any) -> None:
    for kind, most in (("ShortStrings", 125), ("LongStrings", 250)):
        texts = strings(manifest, kind)
        assert all(0 < len(text) <= most for text in texts.values()), texts
    assert len(manifest.find(f"{APP}DisplayName").get("DefaultValue")) <= 125
    assert len(manifest.find(f"{APP}Description").get("DefaultValue")) <= 250
    assert all(re.search("[à-ỹ]", text) for text in strings(manifest, "LongStrings").values())


def test_ids_never_change(manifest: Any) -> None:
    """An id that changes is another button to Excel; these are the desktop add-in's where both have it."""
    ids = [
        element.get("id") for name in ("CustomTab", "Group", "Control") for element in manifest.iter(OVERRIDES + name)
    ]
    assert ids == [
        "ktttTab", "ktttThuNhan", "ktttTongHopGroup", "ktttTroGiupGroup", "ktttKiemTra", "ktttTongHop", "ktttTroGiup",
    ]  # fmt: skip
    desktop = (resources.folder("macros") / "customUI14.xml").read_text(encoding="utf-8")
    assert [each for each in ids if f'id="{each}"' not in desktop] == []


def test_every_button_does_something(manifest: Any) -> None:
    script = (FOLDER / "static" / "kttt.js").read_text(encoding="utf-8")
    functions = [element.text for element in manifest.iter(f"{OVERRIDES}FunctionName")]
    assert functions == re.findall(r'^associate\("(\w+)"', script, re.MULTILINE)
    assert {action.get(TYPE) for action in manifest.iter(f"{OVERRIDES}Action")} == {"ExecuteFunction"}


def test_urls_are_of_this_server_and_icons_of_the_size_they_say(manifest: Any) -> None:
    urls = [element.get("DefaultValue") for element in manifest.iter() if "Url" in local(element) and element.attrib]
    images = strings(manifest, "Images")
    assert all(url.startswith(f"{BASE}/app/") for url in [*urls, *images.values()] if url)
    icons = {"Icon.16x16": 16, "Icon.32x32": 32, "Icon.80x80": 80}
    assert images == {key: f"{BASE}/app/kttt/tep/kttt-{size}.png" for key, size in icons.items()}
    for size in (16, 32, 64, 80):
        header = (FOLDER / "static" / f"kttt-{size}.png").read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", header[16:]) == (size, size)
    for element in itertools.chain(manifest.iter(f"{OVERRIDES}Group"), manifest.iter(f"{OVERRIDES}Control")):
        icon = element.find(f"{OVERRIDES}Icon")
        assert [(image.get("size"), image.get("resid")) for image in icon.iter(f"{BASIC}Image")] == [
            (str(size), key) for key, size in icons.items()
        ]


def test_formulas_have_no_prefix_unless_the_office_asks_for_one(manifest: Any) -> None:
    assert list(manifest.iter(f"{OVERRIDES}Namespace")) == []
    (namespace,) = rendered(functions_namespace="tinh").iter(f"{OVERRIDES}Namespace")
    assert strings(rendered(functions_namespace="tinh"), "ShortStrings")[namespace.get("resid")] == "TINH"
