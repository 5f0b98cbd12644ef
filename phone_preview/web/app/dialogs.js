// What WeChat itself draws over a page: dialogs, sheets, toasts.

import { h } from "./dom.js";

const TOAST_MS = 1500;
const TOAST_SIGNS = { success: "✓", error: "!", loading: "◌", none: "" };

function layer() {
  return document.getElementById("preview-layer");
}

/** Show something over everything until `close(answer)` is called; resolves to the answer. */
export function overlay(name, label, build) {
  return new Promise((resolve) => {
    const box = h("div", { class: `preview-over preview-over-${name}` });
    const close = (answer) => {
      box.remove();
      resolve(answer);
    };
    box.append(h("div", { class: `preview-${name}`, role: "dialog", "aria-modal": "true", "aria-label": label }, build(close)));
    layer().append(box);
    box.querySelector("button, input, select, textarea")?.focus({ preventScroll: true });
  });
}

/** wx.showModal. */
export function modal({ title = "", content = "", showCancel = true, editable = false, ...words }) {
  const field = editable && h("input", { class: "preview-modal-field", value: content, placeholder: words.placeholderText ?? "" });
  const answer = (confirm) => ({ confirm, cancel: !confirm, content: editable ? field.value : null });
  return overlay("modal", title || content, (close) => [
    title && h("div", { class: "preview-modal-title" }, title),
    field || h("div", { class: "preview-modal-text" }, content),
    h(
      "div",
      { class: "preview-modal-buttons" },
      showCancel && h("button", { style: `color: ${words.cancelColor ?? "#000"}`, onclick: () => close(answer(false)) }, words.cancelText ?? "取消"),
      h("button", { style: `color: ${words.confirmColor ?? "#576b95"}`, onclick: () => close(answer(true)) }, words.confirmText ?? "确定"),
    ),
  ]);
}

/** wx.showActionSheet; resolves to the index, or null where the person gave up. */
export function actionSheet(items, title) {
  return overlay("sheet", title || "请选择", (close) => [
    title && h("div", { class: "preview-sheet-title" }, title),
    ...items.map((item, index) => h("button", { onclick: () => close(index) }, item)),
    h("button", { class: "preview-sheet-cancel", onclick: () => close(null) }, "取消"),
  ]);
}

/** A question of WeChat's own with two answers; `body` are elements between title and buttons. */
export function ask({ title, body = [], no = "拒绝", yes = "允许" }) {
  return overlay("ask", title, (close) => [
    h("div", { class: "preview-ask-title" }, title),
    ...body,
    h(
      "div",
      { class: "preview-ask-buttons" },
      h("button", { onclick: () => close(false) }, no),
      h("button", { class: "preview-ask-yes", onclick: () => close(true) }, yes),
    ),
  ]);
}

let toast = null;

/** wx.showToast and wx.showLoading share one place. */
export function showToast({ title = "", icon = "success", duration = TOAST_MS, mask = false, stays = false }) {
  hideToast();
  const sign = TOAST_SIGNS[icon] ?? "";
  const box = h(
    "div",
    { class: `preview-toast${mask ? " preview-toast-mask" : ""}`, role: "status" },
    h("div", { class: `preview-toast-box preview-toast-${icon}` }, sign && h("div", { class: "preview-toast-sign", "aria-hidden": "true" }, sign), title),
  );
  layer().append(box);
  toast = { box, timer: stays ? null : setTimeout(hideToast, duration) };
}

/** Take the toast away. */
export function hideToast() {
  if (!toast) return;
  clearTimeout(toast.timer);
  toast.box.remove();
  toast = null;
}

/** Choose from columns of words; resolves to the chosen indexes or null. `onColumn` may answer with new columns. */
export function pickWords({ title, columns, chosen, onColumn }) {
  let shown = columns;
  const picked = [...chosen];
  return overlay("sheet", title || "请选择", (close) => {
    const lists = h("div", { class: "preview-columns" });
    const draw = () => {
      lists.replaceChildren(...shown.map((words, column) => drawColumn(words, column)));
      for (const option of lists.querySelectorAll("[aria-selected=true]")) option.scrollIntoView({ block: "nearest" });
    };
    const drawColumn = (words, column) =>
      h(
        "div",
        { class: "preview-column", role: "listbox" },
        words.map((word, index) => h("button", { role: "option", "aria-selected": String(picked[column] === index), onclick: () => choose(column, index) }, word)),
      );
    const choose = (column, index) => {
      picked[column] = index;
      const news = onColumn?.(column, index);
      if (news) {
        shown = news.columns;
        picked.splice(0, picked.length, ...news.chosen);
      }
      draw();
    };
    draw();
    queueMicrotask(draw);
    return [pickerHead(title, () => close(null), () => close(picked)), lists];
  });
}

/** Choose a day, month or time of day; resolves to the text or null. */
export function pickInstant({ title, type, value, start, end }) {
  const field = h("input", { type, value, min: start ?? "", max: end ?? "", "aria-label": title || "请选择" });
  return overlay("sheet", title || "请选择", (close) => {
    const confirm = () => field.value && field.reportValidity() && close(field.value);
    return [pickerHead(title, () => close(null), confirm), h("div", { class: "preview-instant" }, field)];
  });
}

function pickerHead(title, cancel, confirm) {
  return h(
    "div",
    { class: "preview-picker-head" },
    h("button", { onclick: cancel }, "取消"),
    h("span", {}, title ?? ""),
    h("button", { class: "preview-picker-yes", onclick: confirm }, "确定"),
  );
}

/** Something as large as the screen with a way back; resolves when it is left. */
export function screen(title, ...body) {
  return overlay("screen", title, (close) => [
    h("header", { class: "preview-bar" }, h("button", { class: "preview-back", "aria-label": "返回", onclick: () => close() }, "‹"), h("h1", {}, title)),
    h("div", { class: "preview-screen-body" }, ...body),
  ]);
}
