// What the pages have in common: the language, the access code, and how the gateway is asked.
import { WORDS, DETAILS } from "/words.js";

const LANG = "cityedge.lang";
const CODE = "cityedge.code";

export let lang = localStorage.getItem(LANG) === "en" ? "en" : "zh";

/** A sentence in the language that is on; {0}, {1} are replaced. A missing one shows its key. */
export function t(key, ...values) {
  const text = WORDS[lang][key] ?? key;
  return text.replace(/\{(\d)}/g, (_, i) => values[i] ?? "");
}

/** What a part said of its fault, in the language that is on as far as it is known. */
export function told(text) {
  const known = lang === "zh" ? DETAILS.find(([pattern]) => pattern.test(text)) : null;
  return known ? text.replace(known[0], known[1]) : text;
}

export const has = key => key in WORDS[lang];

/** Fills in everything marked data-t and keeps it so when the language changes. */
export function speak(changed) {
  const button = document.getElementById("lang");
  const fill = () => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
    document.querySelectorAll("[data-t]").forEach(e => { e.textContent = t(e.dataset.t); });
    button.textContent = lang === "zh" ? "English" : "中文";
    button.lang = lang === "zh" ? "en" : "zh-CN";
  };
  button.addEventListener("click", () => {
    lang = lang === "zh" ? "en" : "zh";
    localStorage.setItem(LANG, lang);
    fill();
    changed();
  });
  fill();
}

/** Whether it can be an access code at all: what is not of ASCII no header can carry. */
export const isCode = text => /^[!-~]([ -~]*[!-~])?$/.test(text);

/** The code stays in this tab only; it travels in a header, never in an address. */
export const code = {
  get: () => {
    const text = sessionStorage.getItem(CODE) ?? "";
    return isCode(text) ? text : "";
  },
  set: text => sessionStorage.setItem(CODE, text),
  forget: () => sessionStorage.removeItem(CODE),
};

export function ask(path, signal) {
  const headers = code.get() ? { Authorization: "Bearer " + code.get() } : {};
  return fetch(path, { headers, signal, cache: "no-store", credentials: "omit" });
}

/** Reads server-sent events until the stream ends; onEvent gets a name and the parsed data. */
export async function events(response, onEvent) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    for (let end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
      const fields = Object.fromEntries(rest.slice(0, end).split("\n").map(line => {
        const colon = line.indexOf(": ");
        return [line.slice(0, colon), line.slice(colon + 2)];
      }));
      rest = rest.slice(end + 2);
      onEvent(fields.event, JSON.parse(fields.data));
    }
  }
}

/** An element with a class and a text. */
export function make(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Writes only what differs, so that nothing flickers and no selection is lost. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
