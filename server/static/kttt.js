// The task pane: sends copies to the server and shows what it found. Whatever comes from a file is put in as text, never
// as HTML. Requests are XMLHttpRequests, since Excel on Mac ends a fetch after 60 seconds.

const BASE = document.querySelector("script[data-base]").dataset.base;
const SHOWN = 1000; // findings; a workbook has room for all of them
const LONG = 160; // letters of a line that is folded
const BATCH_FILES = 10; // copies checked by one request, so that something shows soon
const BATCH_BYTES = 50 * 2 ** 20;
const MINUTES = 6; // longer than the server takes to give up by itself
let words = { severities: {}, verdicts: {}, plans: {} };
let checked = []; // the findings of the last check

// --- asking the server

async function ask(method, path, body, onSent = () => {}) {
  const { token, provider } = await signedIn();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, BASE + path);
    request.timeout = MINUTES * 60_000;
    if (token) request.setRequestHeader("Authorization", token);
    if (provider) request.setRequestHeader("Auth-Provider", provider);
    request.upload.onload = onSent;
    request.onload = () => {
      let answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // not ours: a proxy's page, or a failure that has no sentence
      }
      if (request.status === 200 && answer) return resolve(answer);
      reject(new Error(ownSentence(request.status, answer?.detail)));
    };
    request.onerror = () => reject(new Error("Không gửi được: kiểm tra mạng; tệp vừa được sửa hay lưu lại thì chọn lại tệp."));
    request.ontimeout = () => reject(new Error("Máy chủ chưa trả lời; gửi ít tệp hơn rồi thử lại."));
    request.send(body ?? null);
  });
}

async function signedIn() {
  try {
    return (await globalThis.getAuth?.()) ?? { token: "", provider: "" };
  } catch {
    throw new Error("Chưa đăng nhập được; mở khung KTTT trong Excel, bằng tài khoản của cơ quan.");
  }
}

function ownSentence(status, detail) {
  const ours = typeof detail === "string" && (![401, 403].includes(status) || detail.startsWith("Máy chủ KTTT"));
  if (ours) return detail; // xlwings' own words about signing in are English
  if (status === 401 || status === 403) return "Tài khoản này chưa được phép dùng máy chủ KTTT; hỏi người quản trị.";
  if (status === 413) return "Tệp gửi lên quá lớn; gửi ít tệp hơn một lần.";
  if (status === 502 || status === 504) return "Máy chủ chưa trả lời kịp; gửi ít tệp hơn rồi thử lại.";
  return `Máy chủ gặp lỗi ngoài dự kiến (mã ${status}); báo người quản trị.`;
}

// --- showing

function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function say(section, text, { failed = false } = {}) {
  const status = section.querySelector(".status");
  status.textContent = text;
  status.classList.toggle("error", failed);
}

function showCopies(section, copies) {
  section.querySelector(".copies tbody").replaceChildren(
    ...copies.map((copy) => {
      const row = document.createElement("tr");
      const bad = copy.verdict !== "accepted" && copy.verdict !== "skipped";
      row.append(
        element("td", copy.file),
        element("td", copy.sentence ?? words.verdicts[copy.verdict] ?? copy.verdict, bad ? { class: "error" } : {}),
        element("td", copy.errors ?? ""),
        element("td", copy.warnings ?? ""),
      );
      return row;
    }),
  );
}

function showFindings(section, findings) {
  const order = Object.keys(words.severities);
  const sorted = [...findings].sort((one, two) => order.indexOf(one.severity) - order.indexOf(two.severity));
  const headings = [...section.querySelectorAll(".findings th")].map((heading) => heading.textContent);
  section.querySelector(".findings tbody").replaceChildren(
    ...sorted.slice(0, SHOWN).map((found) => {
      const row = element("tr", "", { class: found.severity });
      row.append(...inWords(found).map((text, at) => element("td", text, { "data-heading": headings[at] })));
      return row;
    }),
  );
  section.querySelector(".findings").hidden = sorted.length === 0;
  const left = sorted.length - SHOWN;
  section.querySelector(".more").textContent = left > 0 ? `Còn ${left} dòng nữa; sửa các dòng trên rồi kiểm tra lại.` : "";
}

function inWords(found) {
  const severity = words.severities[found.severity] ?? found.severity;
  return [severity, found.file, found.sheet, found.cell, found.message, found.fix];
}

function showLines(section, lines) {
  section.querySelector(".lines").replaceChildren(
    ...lines.map((line) => {
      if (line.length < LONG) return element("li", line);
      const [item, long] = [element("li"), element("details")];
      long.append(element("summary", `${line.slice(0, LONG)}…`), element("span", line));
      item.append(long);
      return item;
    }),
  );
}

function counts(findings) {
  return Object.entries(words.severities)
    .map(([severity, word]) => `${findings.filter((found) => found.severity === severity).length} ${word.toLowerCase()}`)
    .join(", ");
}

// --- checking

function batches(files) {
  const found = [];
  let size = 0;
  for (const file of files) {
    const last = found.at(-1);
    if (!last || last.length >= BATCH_FILES || size + file.size > BATCH_BYTES) {
      found.push([file]);
      size = file.size;
    } else {
      last.push(file);
      size += file.size;
    }
  }
  return found;
}

async function check(section, files, day) {
  const copies = [];
  const findings = [];
  let failed = 0;
  section.querySelector(".results").hidden = false;
  const show = () => {
    showCopies(section, copies);
    showFindings(section, findings);
  };
  show();
  for (const batch of batches(files)) {
    say(section, `Đang kiểm tra ${copies.length + batch.length}/${files.length} tệp…`);
    const form = new FormData();
    form.append("ngay", day);
    for (const file of batch) form.append("tep", file, file.name);
    try {
      const answer = await ask("POST", "kiem-tra", form);
      copies.push(...answer.copies);
      findings.push(...answer.findings);
    } catch (error) {
      failed += batch.length;
      for (const file of batch) copies.push({ file: file.name, verdict: "", sentence: `Chưa kiểm tra: ${error.message}` });
    }
    show();
  }
  checked = findings;
  const told = `Đã kiểm tra ${files.length - failed}/${files.length} tệp: ${counts(findings)}.`;
  say(section, told, { failed: failed > 0 });
}

function openBook() {
  // The bytes of the workbook as it is now, saved or not.
  return new Promise((resolve, reject) => {
    const refuse = (error) => reject(new Error(`Excel không cho đọc sổ đang mở (${error?.message ?? "không rõ"}).`));
    Office.context.document.getFileAsync(Office.FileType.Compressed, (opened) => {
      if (opened.status !== Office.AsyncResultStatus.Succeeded) return refuse(opened.error);
      const file = opened.value;
      const slices = [];
      const next = () => {
        if (slices.length === file.sliceCount) return file.closeAsync(() => resolve(new Blob(slices)));
        file.getSliceAsync(slices.length, (slice) => {
          if (slice.status !== Office.AsyncResultStatus.Succeeded) return file.closeAsync(() => refuse(slice.error));
          slices.push(new Uint8Array(slice.value.data));
          next();
        });
      };
      next();
    });
  });
}

async function run(scriptName, args) {
  globalThis.xlwings.hideGlobalError();
  const { token, provider } = await signedIn();
  const headers = { "Auth-Provider": provider };
  const include = "_kttt"; // names of sheets are enough; their contents stay where they are
  await globalThis.xlwings.runPython({ scriptName, auth: token, headers, include, args, errorDisplayMode: "taskpane" });
}

// --- consolidating

async function consolidate(section, form) {
  section.querySelector(".results").hidden = true;
  say(section, "Đang gửi các bản sao…");
  const answer = await ask("POST", "tong-hop", new FormData(form), () => say(section, "Đã gửi; máy chủ đang tổng hợp…"));
  showLines(section, answer.lines);
  showFindings(section, answer.summary.findings);
  const bytes = Uint8Array.from(atob(answer.workbook), (letter) => letter.charCodeAt(0));
  const type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const link = section.querySelector("a.download");
  if (link.href) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = answer.file;
  link.dataset.workbook = answer.workbook;
  section.querySelector(".results").hidden = false;
  say(section, `Đã tổng hợp: ${counts(answer.summary.findings)}.`);
}

// --- the page

async function whileBusy(section, work) {
  const buttons = section.querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  try {
    await work();
  } catch (error) {
    say(section, error.message, { failed: true });
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
}

function open(page) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== page;
  for (const button of document.querySelectorAll("nav button")) {
    if (button.dataset.page === page) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
}

function prepare() {
  const now = new Date(); // a date field would show it as this computer's language does, day and month in any order
  const today = `${now.getDate()}/${now.getMonth() + 1}/${now.getFullYear()}`;
  for (const input of document.querySelectorAll('input[name="ngay"]')) input.value ||= today;
  for (const input of document.querySelectorAll('input[type="file"]')) {
    const tell = () => {
      const { length } = input.files;
      input.nextElementSibling.textContent = length === 1 ? input.files[0].name : length ? `${length} tệp` : "Chọn tệp…";
    };
    input.addEventListener("change", tell);
    tell();
  }
  for (const button of document.querySelectorAll("nav button")) {
    button.addEventListener("click", () => open(button.dataset.page));
  }
  const [checking, consolidating] = ["kiem-tra", "tong-hop"].map((id) => document.getElementById(id));
  checking.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { tep, ngay } = event.target.elements;
    whileBusy(checking, () => check(checking, [...tep.files], ngay.value));
  });
  checking.querySelector('[data-action="open-book"]').addEventListener("click", () =>
    whileBusy(checking, async () => {
      say(checking, "Đang đọc sổ đang mở…");
      const content = await openBook();
      const name = (await globalThis.xlwings.getActiveBookName()) ?? "so-dang-mo.xlsx";
      await check(checking, [new File([content], name)], checking.querySelector('[name="ngay"]').value);
    }),
  );
  checking.querySelector('[data-action="write"]').addEventListener("click", () =>
    whileBusy(checking, () => run("ghi_ket_qua", [checked.map(inWords)])),
  );
  consolidating.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    whileBusy(consolidating, () => consolidate(consolidating, event.target));
  });
  consolidating.querySelector('[data-action="open-result"]').addEventListener("click", () =>
    whileBusy(consolidating, () => Excel.createWorkbook(consolidating.querySelector("a.download").dataset.workbook)),
  );
  open(new URLSearchParams(location.search).get("trang") || "kiem-tra");
}

async function start() {
  try {
    words = await ask("GET", "ban-dau");
  } catch (error) {
    for (const id of ["kiem-tra", "tong-hop"]) say(document.getElementById(id), error.message, { failed: true });
    return;
  }
  const choices = Object.entries(words.plans).map(([id, title]) => element("option", `${id}: ${title}`, { value: id }));
  document.querySelector('[name="ke_hoach"]').replaceChildren(...choices);
}

// --- the ribbon's buttons; names as in the manifest

function associate(name, work) {
  globalThis.Office?.actions?.associate(name, async (event) => {
    try {
      await Office.addin.showAsTaskpane();
      await work();
    } finally {
      event.completed();
    }
  });
}

associate("ktttKiemTra", () => open("kiem-tra"));
associate("ktttTongHop", () => open("tong-hop"));
associate("ktttTroGiup", () => open("tro-giup"));

prepare();
globalThis.Office?.onReady?.(({ host } = {}) => {
  if (host === Office.HostType?.Excel) document.querySelectorAll(".in-excel").forEach((button) => (button.hidden = false));
});
start();
