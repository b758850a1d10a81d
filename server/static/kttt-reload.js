// xlwings' own script reloads a task pane that Excel restored before it was ready. In a plain browser there is no Excel
// to wait for, and reloading would lose the files somebody chose: it is loaded only where Office opened the page.
{
  let office = location.search.includes("_host_Info");
  try {
    office = office || sessionStorage.getItem("hostInfoValue") !== null;
  } catch {
    // no storage here: the address alone decides
  }
  if (office) {
    const script = document.createElement("script");
    script.src = document.currentScript.dataset.src;
    document.head.append(script);
  }
}
