// Pages on top of one another: opening, leaving, the bars above and below, and the calls of `wx` that move among them.

import * as glassEasel from "glass-easel";
import { h } from "./dom.js";
import { actionSheet } from "./dialogs.js";
import { Failure, asynchronous } from "./failure.js";
import { run } from "./report.js";
import { appName, state } from "./state.js";

const MOST_PAGES = 10;
const BOTTOM_PX = 50;
const PULL_PX = 70;
const REFRESH_LONGEST_MS = 60000;

/** One page on the screen with its bar, frame and pull-to-refresh. */
class View {
  constructor(router, route, query) {
    this.router = router;
    this.route = route;
    this.query = query;
    this.config = { ...state.manifest.app.window, ...state.manifest.configs[route] };
    this.channel = new EventChannel();
    this.build();
  }

  build() {
    const colour = this.config.navigationBarTextStyle ?? "white";
    this.title = h("h1", {}, this.config.navigationBarTitleText ?? "");
    this.bar = h(
      "header",
      { class: "preview-bar", hidden: this.config.navigationStyle === "custom" },
      h("button", { class: "preview-back", "aria-label": "返回", onclick: () => this.router.back(1) }, "‹"),
      h("button", { class: "preview-home", "aria-label": "回到首页", onclick: () => this.router.goHome() }, "⌂"),
      this.title,
      h(
        "div",
        { class: "preview-capsule" },
        h("button", { "aria-label": "更多", onclick: () => this.router.menu() }, "•••"),
        h("button", { "aria-label": "关闭小程序", onclick: () => this.router.close() }, "◉"),
      ),
    );
    this.paint({ backgroundColor: this.config.navigationBarBackgroundColor ?? "#000000", frontColor: colour });
    this.spinner = h("div", { class: "preview-refresher", role: "status", hidden: true }, "● ● ●");
    this.scroller = h("div", { class: "preview-scroll", onscroll: () => this.scrolled() });
    this.scroller.style.background = this.config.backgroundColorContent ?? "";
    this.frame = h("div", { class: "preview-frame" }, this.spinner, this.scroller);
    this.frame.style.background = this.config.backgroundColor ?? "#ffffff";
    this.element = h("section", { class: "preview-view" }, this.bar, this.frame);
    this.watchPull();
  }

  paint({ backgroundColor, frontColor }) {
    this.bar.style.background = backgroundColor;
    this.bar.style.color = frontColor === "black" || frontColor === "#000000" ? "#000000" : "#ffffff";
  }

  /** Make the page itself and begin its life. */
  open() {
    const placeholder = h("div");
    this.scroller.append(placeholder);
    this.root = this.router.backend.createRoot("wx-page", this.router.space, this.route);
    const host = this.root.getComponent().getBackendElement();
    host.dataset.route = this.route;
    this.host = host;
    this.page = this.root.get();
    Object.assign(this.page, { route: this.route, options: this.query, getOpenerEventChannel: () => this.channel });
    this.root.attach(this.scroller, placeholder);
    this.call("onLoad", this.query);
  }

  show() {
    if (this.isShown) return;
    this.isShown = true;
    this.element.hidden = false;
    this.call("onShow");
    this.root.getComponent().triggerPageLifetime("show", []);
    if (!this.isReady) requestAnimationFrame(() => this.ready());
  }

  ready() {
    if (this.isReady || !this.root) return;
    this.isReady = true;
    this.call("onReady");
  }

  hide() {
    if (!this.isShown) return;
    this.isShown = false;
    this.element.hidden = true;
    this.call("onHide");
    this.root.getComponent().triggerPageLifetime("hide", []);
  }

  close() {
    this.call("onUnload");
    this.root.release();
    this.root = null;
    this.element.remove();
  }

  call(name, ...given) {
    return run(this.page[name]?.bind(this.page), ...given);
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.call("onPageScroll", { scrollTop });
    const margin_px = this.config.onReachBottomDistance ?? BOTTOM_PX;
    const isAtBottom = scrollHeight - scrollTop - clientHeight <= margin_px;
    if (isAtBottom && !this.wasAtBottom) this.call("onReachBottom");
    this.wasAtBottom = isAtBottom;
  }

  watchPull() {
    let from = null;
    this.scroller.addEventListener("pointerdown", ({ clientY }) => {
      from = this.scroller.scrollTop <= 0 ? clientY : null;
    });
    this.scroller.addEventListener("pointerup", ({ clientY }) => {
      if (from !== null && clientY - from > PULL_PX) this.refresh();
      from = null;
    });
  }

  refresh() {
    if (!this.config.enablePullDownRefresh || !this.spinner.hidden) return;
    this.spinner.hidden = false;
    this.refreshTimer = setTimeout(() => this.stopRefresh(), REFRESH_LONGEST_MS);
    this.call("onPullDownRefresh");
  }

  stopRefresh() {
    clearTimeout(this.refreshTimer);
    this.spinner.hidden = true;
  }
}

/** What a page and the one that opened it say to each other. */
class EventChannel {
  listeners = new Map();

  on(name, listener) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
  }

  once(name, listener) {
    const wrapped = (...given) => {
      this.off(name, wrapped);
      listener(...given);
    };
    this.on(name, wrapped);
  }

  off(name, listener) {
    this.listeners.set(name, listener ? (this.listeners.get(name) ?? []).filter((one) => one !== listener) : []);
  }

  emit(name, ...given) {
    for (const listener of this.listeners.get(name) ?? []) run(listener, ...given);
  }
}

/** The stack of pages of one mini-program. */
export class Router {
  constructor({ backend, space, scripts }) {
    Object.assign(this, { backend, space, scripts });
    this.stack = [];
    this.tabs = new Map();
    this.screen = document.getElementById("preview-screen");
    this.tabBar = this.buildTabBar(state.manifest.app.tabBar);
    this.isShown = true;
    this.calls = this.makeCalls();
  }

  get top() {
    return this.stack.at(-1);
  }

  get homeRoute() {
    return state.manifest.app.entryPagePath ?? state.manifest.app.pages[0];
  }

  /** Open the mini-program at its first page, or at the one an address names. */
  launch(app, url) {
    const { route, query } = this.read(`/${url || this.homeRoute}`, "launch");
    this.app = app;
    this.launchOptions = { path: route, query, scene: 1001, referrerInfo: {}, apiCategory: "default" };
    run(app.onLaunch?.bind(app), this.launchOptions);
    run(app.onShow?.bind(app), this.launchOptions);
    if (this.stack.length === 0) this.replaceAll(route, query);
  }

  /** Another app comes to the front. */
  hideApp() {
    if (!this.isShown) return;
    this.isShown = false;
    this.top?.call("onHide");
    run(this.app.onHide?.bind(this.app));
  }

  showApp() {
    if (this.isShown) return;
    this.isShown = true;
    run(this.app.onShow?.bind(this.app), this.launchOptions);
    this.top?.call("onShow");
  }

  /** Route and query of a url as a page writes it, relative to the page shown. */
  read(url, name) {
    const [path, search = ""] = url.split("?");
    const route = new URL(path, `https://folder/${this.top?.route ?? ""}`).pathname.slice(1);
    if (!state.manifest.app.pages.includes(route)) throw new Failure(`page "${route}" is not found`);
    const query = Object.fromEntries(search.split("&").filter(Boolean).map((pair) => [pair.split("=")[0], pair.slice(pair.indexOf("=") + 1)]));
    return { route, query, name };
  }

  isTab(route) {
    return Boolean(state.manifest.app.tabBar?.list.some(({ pagePath }) => pagePath === route));
  }

  /** Put a new page on top; it is already there when its life begins. */
  enter(route, query, events = {}) {
    this.scripts.loadPage(route);
    const view = new View(this, route, query);
    for (const [name, listener] of Object.entries(events)) view.channel.on(name, listener);
    this.stack.push(view);
    this.screen.append(view.element);
    view.open();
    this.arrive();
    return view;
  }

  push(route, query, events) {
    this.top.hide();
    return this.enter(route, query, events);
  }

  back(delta) {
    if (this.stack.length === 1) throw new Failure("cannot navigate back at first page.");
    const left = this.stack.splice(Math.max(1, this.stack.length - delta));
    for (const view of left.reverse()) view.close();
    this.arrive();
  }

  redirect(route, query) {
    const left = this.stack.pop();
    this.tabs.delete(left.route);
    left.close();
    this.enter(route, query);
  }

  replaceAll(route, query) {
    const old = new Set([...this.stack, ...this.tabs.values()]);
    for (const view of [...old].reverse()) view.close();
    this.tabs.clear();
    this.stack = [];
    const view = this.enter(route, query);
    if (this.isTab(route)) this.tabs.set(route, view);
  }

  switchTab(route) {
    if (this.top?.route === route) return;
    const kept = new Set(this.tabs.values());
    for (const view of [...this.stack].reverse()) {
      if (kept.has(view)) view.hide();
      else view.close();
    }
    const known = this.tabs.get(route);
    this.stack = known ? [known] : [];
    if (known) this.arrive();
    else this.tabs.set(route, this.enter(route, {}));
  }

  arrive() {
    const { top } = this;
    const isTab = this.isTab(top.route);
    top.element.dataset.depth = this.stack.length > 1 ? "above" : isTab || top.route === this.homeRoute ? "first" : "alone";
    if (this.tabBar) {
      this.tabBar.hidden = !isTab;
      for (const button of this.tabBar.children) button.setAttribute("aria-selected", String(button.dataset.route === top.route));
    }
    top.show();
    this.showRootFontSize();
    this.measure();
  }

  showRootFontSize() {
    document.documentElement.style.fontSize = this.top?.host.rootFontSize ?? "";
  }

  /** The height of a page between the bars, which `vh` means in a mini-program. */
  measure() {
    if (this.top) this.screen.style.setProperty("--page-vh", `${this.top.frame.clientHeight / 100}px`);
  }

  goHome() {
    if (this.isTab(this.homeRoute)) this.switchTab(this.homeRoute);
    else this.replaceAll(this.homeRoute, {});
  }

  async menu() {
    const items = ["重新进入小程序", ...(this.top.config.enablePullDownRefresh ? ["下拉刷新"] : [])];
    const chosen = await actionSheet(items, appName());
    if (chosen === 0) location.reload();
    if (chosen === 1) this.top.refresh();
  }

  async close() {
    this.hideApp();
    await actionSheet(["回到小程序"], "小程序在后台");
    this.showApp();
  }

  buildTabBar(settings) {
    if (!settings) return null;
    if (settings.custom) throw new Error("a custom tabBar is not in the preview");
    const icon = (path) => (path ? h("img", { src: `${state.base}source/${path}`, alt: "" }) : null);
    const bar = h(
      "nav",
      { id: "preview-tabs", role: "tablist" },
      settings.list.map(({ pagePath, text, iconPath, selectedIconPath }) =>
        h(
          "button",
          { role: "tab", "data-route": pagePath, onclick: () => this.tabTapped(pagePath, text) },
          h("span", { class: "preview-icon" }, icon(iconPath)),
          h("span", { class: "preview-icon preview-icon-selected" }, icon(selectedIconPath ?? iconPath)),
          h("span", { class: "preview-badge", hidden: true }),
          text,
        ),
      ),
    );
    bar.style.setProperty("--color", settings.color ?? "#7a7e83");
    bar.style.setProperty("--selected", settings.selectedColor ?? "#3cc51f");
    bar.style.background = settings.backgroundColor ?? "#ffffff";
    this.screen.after(bar);
    return bar;
  }

  tabTapped(route, text) {
    const index = state.manifest.app.tabBar.list.findIndex(({ pagePath }) => pagePath === route);
    if (this.top.route !== route) this.switchTab(route);
    this.top.call("onTabItemTap", { index, pagePath: route, text });
  }

  badge(index, text) {
    const badge = this.tabBar?.children[index]?.querySelector(".preview-badge");
    if (!badge) throw new Failure("tabbar item not found");
    badge.hidden = text === null;
    badge.textContent = text ?? "";
  }

  makeCalls() {
    const move = (name, work) => asynchronous(name, (options) => work(options.url && this.read(options.url, name), options));
    const noTab = ({ route }) => {
      if (this.isTab(route)) throw new Failure("can not navigateTo a tabbar page");
    };
    return {
      navigateTo: move("navigateTo", (target, { events }) => {
        noTab(target);
        if (this.stack.length >= MOST_PAGES) throw new Failure("webview count limit exceed");
        return { eventChannel: this.push(target.route, target.query, events).channel };
      }),
      redirectTo: move("redirectTo", (target) => {
        noTab(target);
        this.redirect(target.route, target.query);
      }),
      reLaunch: move("reLaunch", ({ route, query }) => this.replaceAll(route, query)),
      switchTab: move("switchTab", ({ route }) => {
        if (!this.isTab(route)) throw new Failure("can not switch to no-tabBar page");
        this.switchTab(route);
      }),
      navigateBack: asynchronous("navigateBack", ({ delta = 1 }) => this.back(delta)),
      setNavigationBarTitle: asynchronous("setNavigationBarTitle", ({ title }) => {
        this.top.title.textContent = title;
      }),
      setNavigationBarColor: asynchronous("setNavigationBarColor", (colours) => this.top.paint(colours)),
      showNavigationBarLoading: asynchronous("showNavigationBarLoading", () => this.top.title.classList.add("preview-busy")),
      hideNavigationBarLoading: asynchronous("hideNavigationBarLoading", () => this.top.title.classList.remove("preview-busy")),
      setTabBarBadge: asynchronous("setTabBarBadge", ({ index, text }) => this.badge(index, text)),
      removeTabBarBadge: asynchronous("removeTabBarBadge", ({ index }) => this.badge(index, null)),
      showTabBarRedDot: asynchronous("showTabBarRedDot", ({ index }) => this.badge(index, "")),
      hideTabBarRedDot: asynchronous("hideTabBarRedDot", ({ index }) => this.badge(index, null)),
      startPullDownRefresh: asynchronous("startPullDownRefresh", () => this.top.refresh()),
      stopPullDownRefresh: asynchronous("stopPullDownRefresh", () => {
        for (const view of [...this.stack, ...this.tabs.values()]) view.stopRefresh();
      }),
      pageScrollTo: asynchronous("pageScrollTo", (options) => this.scrollTo(options)),
      createSelectorQuery: () => this.top.page.createSelectorQuery(),
      onAppShow: (listener) => this.listen("onShow", listener),
      onAppHide: (listener) => this.listen("onHide", listener),
    };
  }

  listen(name, listener) {
    const before = this.app[name]?.bind(this.app);
    this.app[name] = (...given) => {
      run(before, ...given);
      run(listener, ...given);
    };
  }

  scrollTo({ scrollTop, selector, offsetTop = 0, duration = 300 }) {
    const { scroller, root } = this.top;
    const target = selector && root.getComponent().getShadowRoot().querySelector(selector)?.getBackendElement();
    if (selector && !target) throw new Failure(`selector ${selector} not found`);
    const top = target ? target.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop + offsetTop : scrollTop;
    scroller.scrollTo({ top, behavior: duration ? "smooth" : "auto" });
  }
}

/** Errors the framework catches in pages' own functions belong on the screen too. */
export function catchErrors(report) {
  glassEasel.addGlobalErrorListener((error) => {
    report(error);
    return false;
  });
  glassEasel.addGlobalWarningListener((message) => {
    report(message);
    return false;
  });
  addEventListener("error", ({ error, message }) => report(error ?? message));
  addEventListener("unhandledrejection", ({ reason }) => report(reason));
}
