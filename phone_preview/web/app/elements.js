// WXML's own tags as custom elements, `<view>` as `<wx-view>`; the framework makes and fills them.

import * as glassEasel from "glass-easel";
import { device, onDeviceChange } from "./device.js";
import { pickInstant, pickWords } from "./dialogs.js";
import { h } from "./dom.js";
import { openTypes } from "./account.js";
import { addressOf } from "./files.js";
import { state } from "./state.js";

const SWITCHES = new Set(["disabled", "loading", "checked", "hidden", "plain", "password", "focus", "auto-height", "scroll-x", "scroll-y", "user-select", "selectable", "show-info"]);
const RPX_PER_SCREEN = 750;
const USUAL_MAXLENGTH = 140;
const HOVER_OFF_MS = 70;

/** An element that hears every attribute the page gives it, and can ask for the value as the page gave it. */
class WxElement extends HTMLElement {
  static role = null;
  static hover = null;

  connectedCallback() {
    const { role } = this.constructor;
    if (role && !this.hasAttribute("role")) super.setAttribute("role", role);
    this.connected?.();
  }

  setAttribute(name, text) {
    if (SWITCHES.has(name) && !this.given(name)) return this.removeAttribute(name);
    if (name === "aria-role") super.setAttribute("role", text);
    else super.setAttribute(name, name === "style" ? inBrowserUnits(text) : text);
    this.changed?.(name);
    return undefined;
  }

  removeAttribute(name) {
    super.removeAttribute(name);
    this.changed?.(name);
  }

  /** The attribute as the page gave it: text, number, list, or undefined. */
  given(name) {
    return this.__wxElement?.getAttribute(name) ?? undefined;
  }

  number(name, usual) {
    const given = Number(this.given(name));
    return this.given(name) === undefined || Number.isNaN(given) ? usual : given;
  }

  emit(name, detail = {}, options = {}) {
    glassEasel.triggerEvent(this.__wxElement, name, detail, options);
  }

  get route() {
    return this.closest("wx-page")?.dataset.route ?? "";
  }

  press() {
    const hover = this.given("hover-class") ?? this.constructor.hover;
    if (!hover || hover === "none" || this.hasAttribute("disabled")) return;
    this.classList.add(...hover.split(" "));
    const release = () => setTimeout(() => this.classList.remove(...hover.split(" ")), HOVER_OFF_MS);
    addEventListener("pointerup", release, { once: true });
    addEventListener("pointercancel", release, { once: true });
  }
}

function inBrowserUnits(style) {
  return style.replace(/(-?[\d.]+)rpx\b/g, (_, number) => `${(Number(number) * 100) / RPX_PER_SCREEN}vw`);
}

/** One that can be reached and tapped by keyboard. */
class Tappable extends WxElement {
  connected() {
    this.showState();
  }

  changed() {
    this.showState();
  }

  showState() {
    const isOff = this.hasAttribute("disabled");
    this.tabIndex = isOff ? -1 : 0;
    this.ariaDisabled = isOff ? "true" : null;
  }
}

class PageMeta extends WxElement {
  connected() {
    this.apply();
  }

  changed() {
    this.apply();
  }

  apply() {
    const page = this.closest("wx-page");
    if (!page?.parentElement) return;
    const size = (name) => (this.given(name) === "system" ? `${device().fontSize_px}px` : this.given(name));
    page.style.cssText = this.given("page-style") ?? "";
    page.style.fontSize = size("page-font-size") ?? "";
    page.style.background = this.given("background-color") ?? "";
    page.parentElement.style.background = this.given("root-background-color") ?? "";
    page.rootFontSize = size("root-font-size") ?? "";
    state.router?.showRootFontSize();
  }
}

class View extends WxElement {}
class Text extends WxElement {}

class Label extends WxElement {
  onTap(target) {
    const control = this.control();
    if (!control || control.contains(target)) return;
    if (control.inner) control.inner.focus();
    else control.onTap?.(control);
  }

  control() {
    const id = this.given("for");
    if (id) return this.__wxElement.ownerShadowRoot.getElementById(id)?.getBackendElement();
    return this.querySelector("wx-checkbox, wx-radio, wx-switch, wx-input, wx-textarea");
  }
}

class Button extends Tappable {
  static role = "button";
  static hover = "button-hover";

  onTap() {
    const form = this.closest("wx-form");
    if (this.given("form-type") === "submit") form?.submit();
    if (this.given("form-type") === "reset") form?.reset();
    openTypes[this.given("open-type")]?.((name, detail) => this.emit(name, detail));
  }
}

class Field extends WxElement {
  connected() {
    this.field();
  }

  field() {
    if (this.inner) return this.inner;
    this.inner = this.make();
    this.inner.maxLength = USUAL_MAXLENGTH;
    const value = () => this.inner.value;
    this.inner.addEventListener("input", () => this.typed());
    this.inner.addEventListener("focus", () => this.emit("focus", { value: value(), height: 0 }));
    this.inner.addEventListener("blur", () => this.emit("blur", { value: value(), cursor: value().length }));
    this.append(this.inner);
    return this.inner;
  }

  typed() {
    const { value, selectionStart } = this.inner;
    this.modelListeners?.value?.(value);
    this.emit("input", { value, cursor: selectionStart ?? value.length, keyCode: 0 });
  }

  changed(name) {
    const field = this.field();
    const given = this.given(name);
    if (name === "value" && field.value !== String(given ?? "")) field.value = given ?? "";
    if (name === "placeholder") field.placeholder = given ?? "";
    if (name === "disabled") field.disabled = this.hasAttribute("disabled");
    if (name === "maxlength") this.limit(this.number(name, USUAL_MAXLENGTH));
    if (name === "focus" && given) queueMicrotask(() => field.focus());
    if (name.startsWith("aria-") && this.hasAttribute(name)) {
      field.setAttribute(name, given);
      super.removeAttribute(name);
    }
  }

  limit(characters) {
    if (characters < 0) this.inner.removeAttribute("maxlength");
    else this.inner.maxLength = characters;
  }

  get formValue() {
    return this.inner.value;
  }

  reset() {
    this.inner.value = "";
  }
}

const KEYBOARDS = { number: "numeric", digit: "decimal", idcard: "text", text: "text" };

class Input extends Field {
  make() {
    return h("input", {
      type: "text",
      onkeydown: (event) => {
        if (event.key === "Enter" && !event.isComposing) this.emit("confirm", { value: this.inner.value });
      },
    });
  }

  changed(name) {
    super.changed(name);
    if (name === "type") this.inner.inputMode = KEYBOARDS[this.given(name)] ?? "text";
    if (name === "password") this.inner.type = this.hasAttribute(name) ? "password" : "text";
  }
}

class Textarea extends Field {
  make() {
    return h("textarea");
  }
}

/** A box that is on or off. */
class Toggle extends Tappable {
  isOn = false;

  changed(name) {
    if (name === "checked") this.isOn = this.hasAttribute("checked");
    super.changed(name);
  }

  showState() {
    super.showState();
    this.ariaChecked = String(this.isOn);
    if (this.given("color")) this.style.setProperty("--color", this.given("color"));
  }

  turn(isOn) {
    this.isOn = isOn;
    this.showState();
  }

  reset() {
    this.turn(false);
  }
}

class Switch extends Toggle {
  static role = "switch";

  onTap() {
    if (this.hasAttribute("disabled")) return;
    this.turn(!this.isOn);
    this.modelListeners?.checked?.(this.isOn);
    this.emit("change", { value: this.isOn });
  }

  get formValue() {
    return this.isOn;
  }
}

class Checkbox extends Toggle {
  static role = "checkbox";

  onTap() {
    if (this.hasAttribute("disabled")) return;
    this.turn(!this.isOn);
    const group = this.closest("wx-checkbox-group");
    group?.emit("change", { value: group.formValue });
  }
}

class Radio extends Toggle {
  static role = "radio";

  onTap() {
    if (this.hasAttribute("disabled") || this.isOn) return;
    const group = this.closest("wx-radio-group");
    for (const other of group?.querySelectorAll("wx-radio") ?? []) other.turn(false);
    this.turn(true);
    group?.emit("change", { value: group.formValue });
  }
}

class CheckboxGroup extends WxElement {
  static role = "group";

  get formValue() {
    return [...this.querySelectorAll("wx-checkbox")].filter(({ isOn }) => isOn).map((box) => box.given("value") ?? "");
  }
}

class RadioGroup extends WxElement {
  static role = "radiogroup";

  get formValue() {
    return [...this.querySelectorAll("wx-radio")].find(({ isOn }) => isOn)?.given("value") ?? "";
  }
}

const MONTH_LENGTH = 7;
const PICKERS = { date: { year: "number", month: "month", day: "date" }, time: { day: "time", month: "time", year: "time" } };

class Picker extends Tappable {
  static role = "button";

  get mode() {
    return this.given("mode") ?? "selector";
  }

  async onTap() {
    if (this.hasAttribute("disabled")) return;
    const value = await this.choose();
    if (value === null) return this.emit("cancel");
    this.modelListeners?.value?.(value);
    this.chosen = value;
    this.emit("change", { value });
  }

  changed(name) {
    super.changed();
    if (name === "value") this.chosen = this.given("value");
  }

  async choose() {
    const title = this.given("header-text");
    if (this.mode === "date" || this.mode === "time") {
      const fields = this.given("fields") ?? "day";
      const cut = (day) => (fields === "month" ? day?.slice(0, MONTH_LENGTH) : day);
      const [start, end] = [cut(this.given("start")), cut(this.given("end"))];
      return pickInstant({ title, type: PICKERS[this.mode][fields], value: cut(this.chosen ?? "") ?? "", start, end });
    }
    const isMany = this.mode === "multiSelector";
    const chosen = (isMany ? this.chosen : [this.chosen]) ?? [];
    const columns = this.columns();
    const onColumn = (column, index) => this.turned(column, index);
    const picked = await pickWords({ title, columns, chosen: columns.map((_, at) => Number(chosen[at] ?? 0)), onColumn: isMany ? onColumn : null });
    if (picked === null) return null;
    return isMany ? picked : picked[0];
  }

  /** A page may answer a turned column with other words in the next. */
  turned(column, index) {
    this.emit("columnchange", { column, value: index });
    const columns = this.columns();
    return { columns, chosen: columns.map((_, at) => Number(at === column ? index : (this.given("value")?.[at] ?? 0))) };
  }

  columns() {
    const range = this.given("range") ?? [];
    const key = this.given("range-key");
    const words = (list) => list.map((item) => String(key ? item[key] : item));
    return this.mode === "multiSelector" ? range.map(words) : [words(range)];
  }

  get formValue() {
    return this.chosen ?? this.given("value");
  }

  reset() {
    this.chosen = this.given("value");
  }
}

class Form extends WxElement {
  fields() {
    return [...this.querySelectorAll("*")].filter((element) => element instanceof WxElement && element.given("name") !== undefined && "formValue" in element);
  }

  submit() {
    const value = Object.fromEntries(this.fields().map((field) => [field.given("name"), field.formValue]));
    this.emit("submit", { value });
  }

  reset() {
    for (const field of this.querySelectorAll("*")) field.reset?.();
    this.emit("reset");
  }
}

const USUAL_THRESHOLD_PX = 50;

class ScrollView extends WxElement {
  at = { top: 0, left: 0 };

  connected() {
    this.addEventListener("scroll", () => this.scrolled());
  }

  changed(name) {
    if (name === "scroll-top") this.scrollTo({ top: this.number(name, 0) });
    if (name === "scroll-left") this.scrollTo({ left: this.number(name, 0) });
    if (name === "scroll-into-view" && this.given(name)) queueMicrotask(() => this.show(this.given(name)));
  }

  show(id) {
    this.__wxElement.ownerShadowRoot.getElementById(id)?.getBackendElement().scrollIntoView({ block: "start" });
  }

  scrolled() {
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, at } = this;
    const deltaY = at.top - scrollTop;
    this.at = { top: scrollTop, left: scrollLeft };
    this.emit("scroll", { scrollTop, scrollLeft, scrollHeight, scrollWidth, deltaX: at.left - scrollLeft, deltaY });
    const below = (top) => scrollHeight - top - this.clientHeight;
    const lower = this.number("lower-threshold", USUAL_THRESHOLD_PX);
    const upper = this.number("upper-threshold", USUAL_THRESHOLD_PX);
    if (below(scrollTop) <= lower && below(at.top) > lower) this.emit("scrolltolower", { direction: "bottom" });
    if (scrollTop <= upper && at.top > upper) this.emit("scrolltoupper", { direction: "top" });
  }
}

class Image extends WxElement {
  static role = "img";

  picture() {
    this.inner ??= this.appendChild(
      h("img", {
        alt: "",
        onload: () => this.emit("load", { width: this.inner.naturalWidth, height: this.inner.naturalHeight }),
        onerror: () => this.emit("error", { errMsg: `GET ${this.given("src")} failed` }),
      }),
    );
    return this.inner;
  }

  connected() {
    this.changed("src");
  }

  changed(name) {
    if (name !== "src" || !this.isConnected || !this.given("src")) return;
    this.picture().src = addressOf(this.given("src"), this.route);
  }
}

class Navigator extends Tappable {
  static role = "link";
  static hover = "navigator-hover";

  onTap() {
    const way = this.given("open-type") ?? "navigate";
    const calls = { navigate: "navigateTo", redirect: "redirectTo", switchTab: "switchTab", reLaunch: "reLaunch", navigateBack: "navigateBack" };
    state.wx[calls[way]]({ url: this.given("url"), delta: this.number("delta", 1), complete() {} });
  }
}

const ICONS = { success: "✔", success_no_circle: "✓", info: "ℹ", warn: "⚠", waiting: "⏲", cancel: "✖", download: "⤓", search: "⌕", clear: "⊗" };

class Icon extends WxElement {
  changed(name) {
    if (name === "type") this.textContent = ICONS[this.given(name)] ?? "";
    if (name === "size") this.style.fontSize = `${this.number(name, 23)}px`;
    if (name === "color") this.style.color = this.given(name);
  }
}

class Progress extends WxElement {
  static role = "progressbar";

  changed(name) {
    this.bar ??= this.appendChild(h("div", { class: "preview-progress" }, h("div")));
    if (name === "percent") this.ariaValueNow = String(this.number(name, 0));
    this.bar.firstChild.style.width = `${this.number("percent", 0)}%`;
    this.bar.style.height = `${this.number("stroke-width", 6)}px`;
    this.bar.firstChild.style.background = this.given("activeColor") ?? this.given("active-color") ?? this.given("color") ?? "";
    this.bar.style.background = this.given("backgroundColor") ?? this.given("background-color") ?? "";
    this.dataset.percent = this.hasAttribute("show-info") ? `${this.number("percent", 0)}%` : "";
  }
}

class Page extends WxElement {}

const TAGS = {
  "page-meta": PageMeta, view: View, text: Text, label: Label, button: Button, input: Input, textarea: Textarea,
  picker: Picker, switch: Switch, "checkbox-group": CheckboxGroup, checkbox: Checkbox, "radio-group": RadioGroup,
  radio: Radio, form: Form, "scroll-view": ScrollView, image: Image, navigator: Navigator, icon: Icon, progress: Progress,
};

/** Make the tags known to the browser and to the framework. */
export function defineElements(space) {
  for (const [tag, element] of Object.entries(TAGS)) {
    customElements.define(`wx-${tag}`, element);
    space.setGlobalUsingComponent(tag, `wx-${tag}`);
  }
  customElements.define("wx-page", Page);
  onDeviceChange(() => {
    for (const meta of document.querySelectorAll("wx-page-meta")) meta.apply();
  });
}

/** WeChat's events by finger, mouse or key, handed to the framework's tree and then to the tags themselves. */
export function listenForTouches(backend) {
  backend.onEvent((target, type, detail, options) => {
    if (type === "canceltap") return;
    const element = options.originalEvent.target;
    if (type === "tap") return tap(element, target, detail);
    const { touches = [], changedTouches = [] } = options.originalEvent;
    glassEasel.triggerEvent(target, type, detail, { ...options, extraFields: { touches, changedTouches } });
  });
  addEventListener("pointerdown", ({ target }) => {
    for (let node = target; node; node = node.parentElement) node.press?.();
  });
  addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (!(target instanceof Tappable) || (key !== "Enter" && key !== " ")) return;
    event.preventDefault();
    const { left, top } = target.getBoundingClientRect();
    tap(target, target.__wxElement, { x: left, y: top });
  });
}

function tap(element, target, { x, y }) {
  if (element.closest("wx-button[disabled]")) return;
  const touch = { identifier: 0, pageX: x, pageY: y, clientX: x, clientY: y };
  const extraFields = { touches: [touch], changedTouches: [touch] };
  glassEasel.triggerEvent(target, "tap", { x, y }, { bubbles: true, composed: true, capturePhase: true, extraFields });
  for (let node = element; node; node = node.parentElement) {
    node.onTap?.(element);
    if (node instanceof Tappable) break;
  }
}
