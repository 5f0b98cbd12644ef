// The mini-program's CommonJS files: run once each when first required, in a room without a browser.

import { templates } from "mini-program";
import { state } from "./state.js";

/** What a browser has and a phone has not; in the mini-program's files these names are undefined. */
const NOT_ON_A_PHONE = [
  "window", "document", "self", "top", "parent", "frames", "navigator", "location", "history", "localStorage",
  "sessionStorage", "indexedDB", "fetch", "XMLHttpRequest", "WebSocket", "alert", "confirm", "prompt", "FormData",
  "Blob", "File", "URL", "URLSearchParams", "Headers", "AbortController", "customElements", "crypto", "btoa", "atob",
  "TextEncoder", "TextDecoder", "structuredClone", "Image", "Worker", "process",
];

/** Loads scripts, and registers each page and component with the framework. */
export class Scripts {
  constructor({ space, sources }) {
    Object.assign(this, { space, sources });
    this.modules = new Map();
    this.registered = new Set();
    this.app = null;
    for (const [path, config] of Object.entries(state.manifest.configs)) {
      const using = Object.fromEntries(Object.entries(config.usingComponents).map(([tag, target]) => [tag, `/${target}`]));
      space.addComponentStaticConfig(path, { ...config, usingComponents: using });
      space.addStyleSheet(path, undefined, state.manifest.scopes[path]);
      space.addCompiledTemplate(path, { groupList: templates, content: templates[path], fallbackListenerOnNativeNode: true });
    }
  }

  /** Give the files what a phone gives them. */
  equip(globals) {
    this.globals = globals;
  }

  openApp() {
    this.require("app.js");
    return this.app ?? {};
  }

  /** Register a page and what it is made of. */
  loadPage(path) {
    if (this.registered.has(path)) return;
    this.registered.add(path);
    for (const component of Object.values(state.manifest.configs[path]?.usingComponents ?? {})) this.loadPage(component);
    this.space.componentEnv(path, (environment) => {
      const outer = this.environment;
      this.environment = environment;
      this.require(`${path}.js`);
      this.environment = outer;
    });
  }

  require(file) {
    const known = this.modules.get(file);
    if (known) return known.exports;
    const source = this.sources.get(file);
    if (source === undefined) throw new Error(`module '${file}' is not defined`);
    const module = { exports: {} };
    this.modules.set(file, module);
    const room = {
      ...Object.fromEntries(NOT_ON_A_PHONE.map((name) => [name, undefined])),
      ...this.globals,
      App: (definition) => {
        this.app = definition;
      },
      getApp: () => this.app,
      Page: (definition) => this.environment.Page(definition),
      Component: (definition) => this.environment.Component(definition),
      Behavior: (definition) => this.environment.Behavior(definition),
      require: (path) => this.require(resolve(path, file)),
      module,
      exports: module.exports,
    };
    const body = `"use strict";(() => {${source}\n})();\n//# sourceURL=${state.base}source/${file}`;
    new Function(...Object.keys(room), body)(...Object.values(room));
    return module.exports;
  }
}

function resolve(path, from) {
  const file = new URL(path, `https://folder/${from}`).pathname.slice(1);
  return file.endsWith(".js") ? file : `${file}.js`;
}
